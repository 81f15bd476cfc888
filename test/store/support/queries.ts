import type { ReadableDb } from '../../../electron/store/db.ts';

/** Collects the text of every query that `work` prepares on this connection; each is prepared only once. */
export function queriesOf(db: ReadableDb, work: () => void): string[] {
  const queries: string[] = [];
  const prepare = db.prepare;
  Object.assign(db, {
    prepare: (sql: string) => {
      if (/^\s*(SELECT|WITH)/i.test(sql)) queries.push(sql);
      return prepare.call(db, sql);
    },
  });
  try {
    work();
  } finally {
    Object.assign(db, { prepare });
  }
  return queries;
}

/** SQLite's plan for a query, one step a line. */
export function planOf(db: ReadableDb, sql: string): string {
  const values = Array.from({ length: sql.split('?').length - 1 }, () => null);
  return db
    .prepare<null[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => detail)
    .join('\n');
}
