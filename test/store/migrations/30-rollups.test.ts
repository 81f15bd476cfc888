import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(20);
  file.db.exec(catalogueRows + inspectionRows);
});
afterEach(() => file.remove());

it('adds empty rollups by minute and by hour, one row a period and stream', () => {
  file.migrateTo(30);
  expect(file.db.pragma('user_version', { simple: true })).toBe(30);
  for (const table of ['rollup_minutes', 'rollup_hours']) {
    expect(file.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
    const insert = (stream: number) =>
      `INSERT INTO ${table} VALUES (1, ${stream}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0, x'')`;
    file.db.exec(insert(1));
    file.db.exec(insert(2));
    expect(() => file.db.exec(insert(1))).toThrow(/UNIQUE/);
    expect(() => file.db.exec(insert(3))).toThrow(/FOREIGN KEY/);
  }
  expect(file.db.prepare('SELECT count(*) FROM inspections').pluck().get()).toBe(1);
});
