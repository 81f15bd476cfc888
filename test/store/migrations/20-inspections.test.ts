import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(10);
  file.db.exec(catalogueRows);
  file.migrateTo(20);
  file.db.exec(inspectionRows);
});
afterEach(() => file.remove());

it('adds the tables of parts to a file in use, which keeps what it holds', () => {
  expect(file.tables()).toEqual(
    expect.arrayContaining([
      'feedback',
      'heatmaps',
      'inspections',
      'lots',
      'products',
      'streams',
      'thresholds',
    ]),
  );
  expect(file.db.prepare('SELECT name FROM products').pluck().all()).toEqual(['disc']);
  expect(file.db.pragma('user_version', { simple: true })).toBe(20);
});

it('holds a part once', () => {
  const again = inspectionRows.slice(
    inspectionRows.indexOf('INSERT INTO inspections'),
    inspectionRows.indexOf('INSERT INTO heatmaps'),
  );
  expect(() => file.db.exec(again)).toThrow(/UNIQUE constraint failed: inspections.part_key/);
});

it('holds a stream once, also one without a model', () => {
  const insert = (model: string) =>
    `INSERT INTO streams (product_id, source_id, model_id, arm) VALUES (1, 1, ${model}, 'active')`;
  expect(() => file.db.exec(insert('1'))).toThrow(/UNIQUE/);
  expect(() => file.db.exec(insert('NULL'))).toThrow(/UNIQUE/);
});

it('lets one word stand, be withdrawn once, and never be deleted or changed', () => {
  const word = "INSERT INTO feedback (inspection_id, time_ms, word, reason) VALUES (1, 3000, 2, '')";
  expect(() => file.db.exec(word)).toThrow(/UNIQUE/);
  file.db.exec('UPDATE feedback SET withdrawn_ms = 2500');
  file.db.exec(word);
  expect(() => file.db.exec('UPDATE feedback SET withdrawn_ms = 9 WHERE id = 1')).toThrow(
    /only be withdrawn/,
  );
  expect(() => file.db.exec(`UPDATE feedback SET reason = 'x' WHERE id = 2`)).toThrow(/only be withdrawn/);
  expect(() => file.db.exec('DELETE FROM feedback')).toThrow(/append-only/);
});

it('refuses maps whose cells do not fill them, and keys, hashes and verdicts that are none', () => {
  expect(() => file.db.exec(`UPDATE heatmaps SET cells = x'00'`)).toThrow(/CHECK/);
  expect(() => file.db.exec(`UPDATE inspections SET part_key = x'00'`)).toThrow(/CHECK/);
  expect(() => file.db.exec(`UPDATE inspections SET image_hash = x'00'`)).toThrow(/CHECK/);
  expect(() => file.db.exec('UPDATE inspections SET verdict = 3')).toThrow(/CHECK/);
  expect(() => file.db.exec('UPDATE inspections SET human = 3')).toThrow(/CHECK/);
});
