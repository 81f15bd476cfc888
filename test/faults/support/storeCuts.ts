import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../native-models/random.ts';

/** Smallest piece that a disk writes whole. */
const sectorBytes = 512;
/** Of the write-ahead log (SQLite file format, section 4.1). */
const logHeaderBytes = 32;

/** Content of a database file and of its log. */
export interface DatabaseFiles {
  readonly db: Buffer;
  readonly log: Buffer;
}

/** What a power cut may leave, and from when on parts may be missing. */
export interface Cut {
  readonly files: DatabaseFiles;
  /** All that was committed is there. */
  readonly isWhole: boolean;
}

/**
 * What a power cut may leave of a database with a write-ahead log that is not flushed at each commit (`synchronous = NORMAL`;
 * SQLite's atomic commit document, section "WAL"): of what was written since the last flush, any sectors in any order. SQLite flushes
 * the log before a checkpoint writes to the database, the database before the log begins anew, and the new
 * header of the log before what follows it.
 */
export class StoreCuts {
  readonly #database: string;
  readonly #random: Random;
  /** What is safe from a power cut. */
  #safe: DatabaseFiles;

  /** @param database file that has just been checkpointed and is written by nobody meanwhile */
  constructor(database: string, random: Random) {
    this.#database = database;
    this.#random = random;
    this.#safe = readFiles(database);
  }

  /** To be called after each commit and each checkpoint. @returns power cuts since the last call, one a state of flushing */
  step(): Cut[] {
    const now = readFiles(this.#database);
    const { db, log } = this.#safe;
    const hasBegunAnew = !now.log.subarray(0, logHeaderBytes).equals(log.subarray(0, logHeaderBytes));
    const flushed = hasBegunAnew
      ? Buffer.concat([now.log.subarray(0, logHeaderBytes), log.subarray(logHeaderBytes)])
      : log;
    const whole = { files: { db, log: now.log }, isWhole: true };
    const cuts: Cut[] = [{ files: { db, log: this.#mixed(flushed, now.log) }, isWhole: false }, whole];
    this.#safe = { db, log: flushed };
    if (now.db.equals(db)) return cuts;
    this.#safe = now;
    return [
      ...cuts,
      { files: { db: this.#mixed(db, now.db), log: now.log }, isWhole: true },
      { files: now, isWhole: true },
    ];
  }

  /** Somebody else flushed the log. */
  logFlushed(): void {
    this.#safe = { ...this.#safe, log: readFiles(this.#database).log };
  }

  /** All that is committed now is safe: a checkpoint was the last thing that happened. */
  get isSafe(): boolean {
    return this.#safe.log.equals(readFiles(this.#database).log);
  }

  /** Of each sector either what was there or what was written; the file ends anywhere between its lengths. */
  #mixed(before: Buffer, after: Buffer): Buffer {
    const random = this.#random;
    const length = before.byteLength + random.integer(Math.max(1, after.byteLength - before.byteLength + 1));
    const mixed = Buffer.alloc(Math.max(before.byteLength, length));
    before.copy(mixed);
    // From none to all of them; or all up to a place, as a disk does that writes in order.
    const [share, end] = [random.integer(11), random.integer(after.byteLength + 1)];
    const isInOrder = random.integer(2) === 0;
    for (let at = 0; at < Math.min(mixed.byteLength, after.byteLength); at += sectorBytes) {
      if (isInOrder ? at < end : random.integer(10) < share) after.copy(mixed, at, at, at + sectorBytes);
    }
    return mixed;
  }
}

/** Puts what a power cut left into a data folder. */
export function leave({ db, log }: DatabaseFiles, root: string): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'kenro.db'), db);
  writeFileSync(join(root, 'kenro.db-wal'), log);
}

function readFiles(database: string): DatabaseFiles {
  return { db: readFileSync(database), log: readFileSync(`${database}-wal`) };
}
