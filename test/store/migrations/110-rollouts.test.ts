import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows + inspectionRows);
  file.db.exec(
    `INSERT INTO models (sha256, name, product_id, kind, created_ms, preprocess, review_from, ng_from, origin)
     VALUES ('${'b'.repeat(64)}', 'other', 1, 'anomaly', 1, '{}', 0.5, 0.6, '{}');`,
  );
  file.migrateTo(110);
});
afterEach(() => file.remove());

const rollout = (state: string) =>
  `INSERT INTO rollouts (product_id, current_model_id, candidate_model_id, salt, plan, state, step, created_ms, since_ms)
   VALUES (1, 1, 2, 'a', '{}', '${state}', 0, 1, 1);`;

it('keeps the parts there are, none of which has a shadow verdict', () => {
  expect(file.db.prepare('SELECT count(*) AS parts FROM inspections').get()).toEqual({ parts: 1 });
  expect(file.db.prepare('SELECT * FROM shadow_verdicts').all()).toEqual([]);
});

it('holds one rollout a product that is not over', () => {
  file.db.exec(rollout('rolledBack') + rollout('finished') + rollout('limited'));
  expect(() => file.db.exec(rollout('draft'))).toThrow(/UNIQUE/);
});

it('never changes the history of the phases', () => {
  file.db.exec(rollout('verification'));
  file.db.exec(
    `INSERT INTO rollout_steps (rollout_id, time_ms, state, step, actor, reason) VALUES (1, 1, 'verification', 0, 'Kei', '')`,
  );
  expect(() => file.db.exec(`UPDATE rollout_steps SET actor = 'Ken'`)).toThrow(/append-only/);
  expect(() => file.db.exec('DELETE FROM rollout_steps')).toThrow(/append-only/);
});

it('takes one shadow verdict a part, of parts that are on record', () => {
  file.db.exec(rollout('verification'));
  const shadow = (part: number) =>
    `INSERT INTO shadow_verdicts (inspection_id, rollout_id, verdict, decided, thresholds_id, time_us)
     VALUES (${part}, 1, 0, 1, 1, 5)`;
  file.db.exec(shadow(1));
  expect(() => file.db.exec(shadow(1))).toThrow(/UNIQUE/);
  expect(() => file.db.exec(shadow(2))).toThrow(/FOREIGN KEY/);
});
