import { rows, type ReadableDb } from './db.ts';
import { isCorrupt } from './errors.ts';

/** Pages of the largest database that is read through at each start; 128 MiB take well under a second. */
const quickPages = 32_768;

/** Reads the whole file and checks its structure. Takes a second for every few hundred megabytes. */
export function isWhollySound(db: ReadableDb): boolean {
  return check(db, 'PRAGMA quick_check(1)');
}

/** The same, and that each index says what its table says and each row meets its rules. */
export function isConsistent(db: ReadableDb): boolean {
  return check(db, 'PRAGMA integrity_check(1)');
}

/**
 * What can be checked before the line starts: everything in a database of up to `wholePages` pages; in a larger
 * one every table but the parts and their maps, of which the newest and oldest are read.
 */
export function isSoundAtStart(db: ReadableDb, wholePages = quickPages): boolean {
  const pages = db.pragma('page_count', { simple: true }) as number;
  if (pages <= wholePages) return isWhollySound(db);
  try {
    const tables = rows<{ name: string }>(
      db,
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('inspections', 'heatmaps')`,
    );
    for (const order of ['ASC', 'DESC']) {
      rows(db, `SELECT * FROM inspections ORDER BY id ${order} LIMIT 1000`);
      rows(db, `SELECT inspection_id FROM heatmaps ORDER BY inspection_id ${order} LIMIT 1000`);
    }
    return tables.every(({ name }) => check(db, `PRAGMA quick_check('${name}')`));
  } catch (thrown) {
    if (isCorrupt(thrown)) return false;
    throw thrown;
  }
}

function check(db: ReadableDb, pragma: string): boolean {
  try {
    const found = rows<Record<string, string>>(db, pragma);
    return found.length === 1 && Object.values(found[0] ?? {})[0] === 'ok';
  } catch (thrown) {
    if (isCorrupt(thrown)) return false;
    throw thrown;
  }
}
