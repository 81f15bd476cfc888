import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(160);
  file.db.exec(catalogueRows);
  file.migrateTo(190);
});
afterEach(() => file.remove());

const key = (id: string, owner: string) =>
  `INSERT INTO trusted_keys (key_id, name, owner, public_key, added_ms) VALUES ('${id}', 'k', '${owner}', 'x', 1)`;

it('takes a key once, by a known owner and an id of 16 digits', () => {
  file.db.exec(key('0123456789abcdef', 'plant'));
  expect(() => file.db.exec(key('0123456789abcdef', 'other'))).toThrow(/UNIQUE/);
  expect(() => file.db.exec(key('fedcba9876543210', 'nobody'))).toThrow(/CHECK/);
  expect(() => file.db.exec(key('short', 'plant'))).toThrow(/CHECK/);
});

it('keeps every search for a backdoor, of models that there are', () => {
  const add = (model: number, probe: string) =>
    file.db.exec(`INSERT INTO model_probes (model_id, probe) VALUES (${model}, '${probe}')`);
  add(1, '{}');
  add(1, '{}');
  expect(() => add(9, '{}')).toThrow(/FOREIGN KEY/);
  expect(() => add(1, 'no')).toThrow(/CHECK/);
});

it('keeps several signatures of a model and one override, of models that there are', () => {
  const sign = (model: number) =>
    file.db.exec(`INSERT INTO model_signatures (model_id, signature) VALUES (${model}, '{}')`);
  sign(1);
  sign(1);
  expect(() => sign(9)).toThrow(/FOREIGN KEY/);
  const allow = () => file.db.exec(`INSERT INTO model_overrides VALUES (1, 'a', 'b', 1)`);
  allow();
  expect(allow).toThrow(/UNIQUE/);
});
