import { rows, type ReadableDb } from './db.ts';
import { schemaVersion } from './migrate.ts';
import { migrations } from './migrations/index.ts';

/** The schema of a database as Markdown: each table with its indexes and triggers, as SQLite keeps them. */
export function schemaText(db: ReadableDb): string {
  const objects = rows<{ type: string; name: string; tbl_name: string; sql: string }>(
    db,
    'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid',
  );
  const tables = objects.filter(({ type }) => type === 'table');
  const sections = tables.map(({ name }) => {
    const definitions = objects.filter((object) => object.tbl_name === name).map(({ sql }) => `${sql};`);
    return ['', `## ${name}`, '', '```sql', ...definitions, '```'].join('\n');
  });
  return [
    '# Schema of the database',
    '',
    'Written by `npm run schema`; a test fails when it is out of date.',
    '',
    `Version ${schemaVersion(db)}, made by the migrations ${migrations.map(({ version, name }) => `${version} ${name}`).join(', ')}.`,
    ...sections,
    '',
  ].join('\n');
}
