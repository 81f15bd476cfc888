import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(40);
  file.db.exec(catalogueRows + inspectionRows);
  file.db.exec(`
INSERT INTO inspections (time_ms, stream_id, verdict, human, label, origin, wait_us, decode_us, infer_us, smooth_us,
  store_us, image_kept, part_key) VALUES
  (3600000, 1, 1, 0, 'dent', '2', 0, 0, 0, 0, 0, 0, unhex('${'00'.repeat(15)}02')),
  (7199999, 1, 1, 0, 'dent', '3', 0, 0, 0, 0, 0, 0, unhex('${'00'.repeat(15)}03')),
  (7200000, 1, 2, 1, 'burr', '4', 0, 0, 0, 0, 0, 0, unhex('${'00'.repeat(15)}04'))`);
  file.migrateTo(50);
});
afterEach(() => file.remove());

it('keeps the models there are, as such without classes', () => {
  expect(file.db.pragma('user_version', { simple: true })).toBe(50);
  expect(file.db.prepare('SELECT name, classes FROM models').all()).toEqual([
    { name: 'model', classes: null },
  ]);
  expect(() => file.db.exec(`UPDATE models SET classes = 'no JSON'`)).toThrow(/CHECK/);
});

it('counts the parts with a defect type that are on record already', () => {
  const counted = (table: string) =>
    file.db.prepare(`SELECT start, label, verdict, human, parts FROM ${table}`).all();
  expect(counted('defect_days')).toEqual([
    { start: 0, label: 'burr', verdict: 2, human: 1, parts: 1 },
    { start: 0, label: 'dent', verdict: 1, human: 0, parts: 2 },
  ]);
  expect(counted('defect_hours')).toEqual([
    { start: 1, label: 'dent', verdict: 1, human: 0, parts: 2 },
    { start: 2, label: 'burr', verdict: 2, human: 1, parts: 1 },
  ]);
});
