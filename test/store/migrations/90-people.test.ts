import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows);
  file.migrateTo(90);
});
afterEach(() => file.remove());

const person = (name: string, role = 'qa', secret = 'scrypt$1$1$1$a$b') =>
  `INSERT INTO people (name, name_key, role, active, secret_kind, secret, created_ms)
   VALUES ('${name}', lower('${name}'), '${role}', 1, 'pin', '${secret}', 1)`;

it('knows nobody at first, and keeps what there is', () => {
  expect(file.db.prepare('SELECT * FROM people').all()).toEqual([]);
  expect(file.db.prepare('SELECT name FROM models').all()).toEqual([{ name: 'model' }]);
});

it('takes people with a hashed secret only, whose names differ, and never loses one', () => {
  file.db.exec(person('Sato'));
  expect(() => file.db.exec(person('SATO'))).toThrow(/UNIQUE/);
  expect(() => file.db.exec(person('Tanaka', 'boss'))).toThrow(/CHECK/);
  expect(() => file.db.exec(person('Tanaka', 'qa', '482915'))).toThrow(/CHECK/);
  expect(() => file.db.exec('DELETE FROM people')).toThrow(/never deleted/);
});

it('holds one recovery code', () => {
  file.db.exec(`INSERT INTO recovery VALUES (1, 'scrypt$', 1)`);
  expect(() => file.db.exec(`INSERT INTO recovery VALUES (2, 'scrypt$', 1)`)).toThrow(/CHECK/);
});
