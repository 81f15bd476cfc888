import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** A mark beside a database in which damage was met: at the next start the whole file is checked. */
const mark = (database: string) => `${database}.suspect`;

export function markSuspect(database: string): void {
  try {
    writeFileSync(mark(database), '');
  } catch {
    // The damage itself is being reported already; a disk that cannot even take the mark adds nothing to it.
  }
}

export function isSuspect(database: string): boolean {
  return existsSync(mark(database));
}

export function clearSuspicion(database: string): void {
  rmSync(mark(database), { force: true });
}
