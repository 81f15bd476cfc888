import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(150);
  file.db.exec(catalogueRows);
  file.migrateTo(160);
});
afterEach(() => file.remove());

it('takes one plan a product, and only what is JSON', () => {
  const plan = (text: string) => `INSERT INTO roi_plans VALUES (1, '${text}')`;
  expect(() => file.db.exec(plan('{'))).toThrow(/CHECK/);
  file.db.exec(plan('{}'));
  expect(() => file.db.exec(plan('{}'))).toThrow(/UNIQUE/);
});
