import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows + inspectionRows);
  file.migrateTo(140);
});
afterEach(() => file.remove());

const rules = (ng: string, parts: string) =>
  `INSERT INTO stop_rules (product_id, ng, parts, drift, since_id) VALUES (1, ${ng}, ${parts}, 0, 1)`;
const stop = (more: string) =>
  `INSERT INTO line_stops (raised, product_id, source_id, time_ms, part_id, cause, ng, parts, also_before, acknowledged_ms,
     reason, resume_id) VALUES (1, 1, 1, 1, 1, 'share', 3, 10, 1, ${more})`;

it('takes rules that can be met and stops that are whole', () => {
  expect(() => file.db.exec(rules('3', 'NULL'))).toThrow(/CHECK/);
  expect(() => file.db.exec(rules('4', '3'))).toThrow(/CHECK/);
  file.db.exec(rules('3', '10'));
  expect(() => file.db.exec(stop('5, NULL, 1'))).toThrow(/CHECK/);
  expect(() => file.db.exec(stop("5, 'seen', NULL"))).toThrow(/CHECK/);
  file.db.exec(stop("5, 'seen', 1") + '; INSERT INTO line_stop_parts VALUES (1, 1)');
  expect(file.db.prepare('SELECT count(*) AS stops FROM line_stops').get()).toEqual({ stops: 1 });
});
