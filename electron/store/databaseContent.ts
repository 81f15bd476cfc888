import { connectReadable } from './connect.ts';
import { row, type ReadableDb } from './db.ts';
import { schemaVersion } from './migrate.ts';
import { countersSince } from './tallies.ts';

/** What a database is, for the list of backups and the choice between them. */
export interface DatabaseContent {
  schema: number;
  /** First characters of the hash of the first entry of the audit trail; it stays with the station for life. */
  station: string;
  parts: number;
  lastPartMs: number | null;
}

/** @throws {KenroError} `databaseCorrupt` */
export function contentOf(path: string): DatabaseContent {
  const db = connectReadable(path);
  try {
    return contentOfOpen(db);
  } finally {
    db.close();
  }
}

function contentOfOpen(db: ReadableDb): DatabaseContent {
  const last = row<{ time_ms: number }>(db, 'SELECT time_ms FROM inspections ORDER BY id DESC LIMIT 1');
  return {
    schema: schemaVersion(db),
    station: stationOf(db),
    parts: countersSince(db, 0).parts,
    lastPartMs: last?.time_ms ?? null,
  };
}

/** Twelve hexadecimal digits; zeros where nothing has ever happened. */
export function stationOf(db: ReadableDb): string {
  const first = row<{ hash: Buffer }>(db, 'SELECT hash FROM audit WHERE id = 1');
  return first === undefined ? '0'.repeat(12) : first.hash.toString('hex').slice(0, 12);
}
