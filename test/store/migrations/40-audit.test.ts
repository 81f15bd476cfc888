import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(30);
});
afterEach(() => file.remove());

it('adds an audit trail that only grows', () => {
  file.migrateTo(40);
  expect(file.db.pragma('user_version', { simple: true })).toBe(40);
  const insert = (hash: string) =>
    `INSERT INTO audit (time_ms, actor, action, detail, hash) VALUES (1, 'me', 'model.activate', '{}', x'${hash}')`;
  file.db.exec(insert('00'.repeat(32)));
  expect(() => file.db.exec(insert('00'))).toThrow(/CHECK/);
  expect(() => file.db.exec(`UPDATE audit SET actor = 'you'`)).toThrow(/append-only/);
  expect(() => file.db.exec('DELETE FROM audit')).toThrow(/append-only/);
});
