import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows + inspectionRows);
  file.migrateTo(150);
});
afterEach(() => file.remove());

it('keeps the words there are, and draws no part that was on record before', () => {
  expect(file.db.pragma('user_version', { simple: true })).toBe(150);
  expect(file.db.prepare('SELECT reason FROM feedback').all()).toEqual([{ reason: 'dust' }]);
  for (const table of ['audit_shares', 'audit_sample', 'word_batches', 'batch_words', 'limit_samples']) {
    expect(file.db.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
  }
});

it('refuses shares beyond the whole and a part that is a limit sample twice', () => {
  const share = (value: number) => `INSERT INTO audit_shares (product_id, from_ms, per_ten_thousand, salt)
    VALUES (1, 1, ${value}, 's')`;
  file.db.exec(share(10_000));
  expect(() => file.db.exec(share(10_001))).toThrow(/CHECK/);
  const sample = `INSERT INTO limit_samples (inspection_id, word, note, created_ms) VALUES (1, 1, '', 1)`;
  file.db.exec(sample);
  expect(() => file.db.exec(sample)).toThrow(/UNIQUE/);
  file.db.exec('UPDATE limit_samples SET removed_ms = 2');
  file.db.exec(sample);
});
