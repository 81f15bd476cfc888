import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(90);
  file.db.exec(catalogueRows + inspectionRows);
  file.migrateTo(120);
});
afterEach(() => file.remove());

const watch = `INSERT INTO drift_watches (product_id, model_id, started_ms)
  SELECT product_id, id, 1 FROM models LIMIT 1`;

it('keeps the parts there are, of which none is watched', () => {
  expect(file.db.pragma('user_version', { simple: true })).toBe(120);
  expect(file.db.prepare('SELECT count(*) AS parts FROM inspections').get()).not.toEqual({ parts: 0 });
  expect(file.db.prepare('SELECT * FROM drift_watches').all()).toEqual([]);
});

it('has one reference at a time for a product and model', () => {
  file.db.exec(watch);
  expect(() => file.db.exec(watch)).toThrow(/UNIQUE/);
  file.db.exec(`UPDATE drift_watches SET ended_ms = 2; ${watch}`);
});

it('takes alarms that are acknowledged with name and reason or not at all', () => {
  file.db.exec(watch);
  const alarm = (columns: string, values: string) =>
    file.db.exec(
      `INSERT INTO drift_alarms (watch_id, time_ms, since_ms, found${columns}) VALUES (1, 2, 1, '{}'${values})`,
    );
  alarm('', '');
  alarm(', acknowledged_ms, actor, reason', ", 3, 'qa', 'seen'");
  expect(() => alarm(', acknowledged_ms', ', 3')).toThrow(/CHECK/);
  expect(() => alarm(', acknowledged_ms, actor', ", 3, 'qa'")).toThrow(/CHECK/);
});
