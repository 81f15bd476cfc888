import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, flushFolder } from '../platform/durableFile.ts';

/** What a power cut may take of what is on record, at most, beside the time of one flush. */
const everyMs = 1_000;

/** Opens the file to be flushed. */
type Open = (path: string, flags: string) => Promise<{ datasync(): Promise<void>; close(): Promise<void> }>;

export interface LogFlushOptions {
  /** Told the first of failures in a row: a disk that cannot flush keeps the line going, and somebody should know. */
  readonly onFailure: (thrown: unknown) => void;
  readonly everyMs?: number;
  readonly open?: Open;
}

/**
 * Flushes the database's write-ahead log once a second, beside the thread that writes to it. With `synchronous = NORMAL`
 * SQLite flushes it only before it is carried over into the database, which on a slow line is hours apart; FULL would
 * have every part wait for a flush. SQLite takes whole transactions from a log, up to the first that is not whole (SQLite
 * file format, section 4.1), so whatever has been flushed is safe.
 */
export class LogFlush {
  readonly #log: string;
  readonly #options: LogFlushOptions;
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<void> | null = null;
  #isNamed = false;
  #hasFailed = false;

  /** @param database its path; the log lies beside it */
  constructor(database: string, options: LogFlushOptions) {
    this.#log = `${database}-wal`;
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.everyMs ?? everyMs);
    this.#timer.unref();
  }

  /** Resolves when all that was committed before the call is safe, or the failure was told. */
  async flush(): Promise<void> {
    // The flush under way may have begun before the last commit.
    await this.#underWay;
    this.#underWay ??= this.#flush().finally(() => (this.#underWay = null));
    await this.#underWay;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #flush(): Promise<void> {
    try {
      const file = await (this.#options.open ?? open)(this.#log, 'r+');
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
      if (!this.#isNamed) await flushFolder(dirname(this.#log));
      this.#isNamed = true;
      this.#hasFailed = false;
    } catch (thrown) {
      // Without a log all is in the database.
      if (errorCode(thrown) === 'ENOENT') return;
      if (!this.#hasFailed) this.#options.onFailure(thrown);
      this.#hasFailed = true;
    }
  }
}
