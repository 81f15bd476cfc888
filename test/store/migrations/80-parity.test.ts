import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(50);
  file.db.exec(catalogueRows + inspectionRows);
  file.migrateTo(80);
});
afterEach(() => file.remove());

const check = (sha256: string, passed: string, differing = '[]') =>
  `INSERT INTO parity_checks (model_sha256, provider, runtime, time_ms, actor, basis, passed, parts, worst, flips, differing)
   VALUES ('${sha256}', 'cpu', '1.30', 1, 'operator', 'made', ${passed}, 24, NULL, 0, '${differing}')`;

it('keeps the models there are, none of which was compared', () => {
  expect(file.db.pragma('user_version', { simple: true })).toBe(80);
  expect(file.db.prepare('SELECT name FROM models').all()).toEqual([{ name: 'model' }]);
  expect(file.db.prepare('SELECT * FROM parity_checks').all()).toEqual([]);
});

it('takes comparisons that are whole, of files that are not registered too', () => {
  file.db.exec(check('b'.repeat(64), '1'));
  expect(() => file.db.exec(check('b', '1'))).toThrow(/CHECK/);
  expect(() => file.db.exec(check('b'.repeat(64), '2'))).toThrow(/CHECK/);
  expect(() => file.db.exec(check('b'.repeat(64), '1', '{'))).toThrow(/CHECK/);
});
