import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rows } from '../../electron/store/db.ts';
import { schemaText } from '../../electron/store/schemaText.ts';
import { openForTest, temporaryPaths } from './support/station.ts';

it('SCHEMA.md is up to date (npm run schema) and every table is strict', async () => {
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  const text = schemaText(db);
  const strict = rows<{ name: string; strict: number }>(
    db,
    `SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'`,
  );
  db.close();
  remove();
  expect(readFileSync(join(import.meta.dirname, '../../electron/store/SCHEMA.md'), 'utf8')).toBe(text);
  expect(strict.length).toBeGreaterThan(10);
  expect(strict.filter((table) => table.strict !== 1)).toEqual([]);
});
