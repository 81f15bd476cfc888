import { row, run, type ReadableDb, type WritableDb } from './db.ts';

export interface WrittenReport {
  readonly dueMs: number;
  readonly writtenMs: number;
}

/** The report of the latest due time, or `null` where none was written yet. */
export function lastShiftReport(db: ReadableDb): WrittenReport | null {
  const found = row<{ due_ms: number; written_ms: number }>(
    db,
    'SELECT due_ms, written_ms FROM shift_reports ORDER BY due_ms DESC LIMIT 1',
  );
  return found === undefined ? null : { dueMs: found.due_ms, writtenMs: found.written_ms };
}

/** Written anew, a report takes the place of the one before. */
export function keepShiftReport(
  db: WritableDb,
  { dueMs, fromMs, writtenMs }: WrittenReport & { fromMs: number },
): void {
  run(
    db,
    `INSERT INTO shift_reports (due_ms, from_ms, written_ms) VALUES (?, ?, ?)
     ON CONFLICT (due_ms) DO UPDATE SET from_ms = excluded.from_ms, written_ms = excluded.written_ms`,
    dueMs,
    fromMs,
    writtenMs,
  );
}
