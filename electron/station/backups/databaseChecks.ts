import type { DatabaseCheck } from '../../contract/backups.ts';
import { KenroError } from '../../contract/errors.ts';
import type { Job } from '../../contract/jobs.ts';
import type { Jobs } from '../../learning/jobs.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import { isFileSound } from '../../store/fileSound.ts';
import { keepCheck, lastCheck } from '../../store/lastCheck.ts';
import { markSuspect } from '../../store/suspect.ts';

export interface DatabaseChecksOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly jobs: Jobs;
  /** The database is damaged and marked: beginning anew restores the newest good copy. */
  readonly onDamage: () => void;
  readonly onBug: (thrown: unknown) => void;
  readonly lookMs?: number;
}

const everyMs = 24 * 3_600_000;
const defaultLookMs = 10 * 60_000;

/** Reads the database through once a day, and wholly when somebody asks, on a thread of its own. */
export class DatabaseChecks {
  readonly #options: DatabaseChecksOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #underWay: Promise<unknown> | null = null;

  constructor(options: DatabaseChecksOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), options.lookMs ?? defaultLookMs);
    this.#timer.unref();
  }

  /** Checks when the last check is a day old, by the clock of the day. */
  async look(): Promise<void> {
    const { db, clock, onBug } = this.#options;
    const sinceMs = clock.nowMs() - (lastCheck(db)?.timeMs ?? 0);
    if (this.#underWay || (sinceMs >= 0 && sinceMs < everyMs)) return;
    this.#underWay = this.#check(false, this.#stopping.signal)
      .catch((thrown: unknown) => {
        if (!this.#stopping.signal.aborted) onBug(thrown);
      })
      .finally(() => (this.#underWay = null));
    await this.#underWay;
  }

  /** `PRAGMA integrity_check`: also whether each index says what its table says. */
  start(): Job {
    const about = { kind: 'databaseCheck', title: 'kenro.db', productId: null, stage: 'copy' } as const;
    return this.#options.jobs.startAlone(['databaseCheck'], about, async (_advance, signal) => {
      const { isSound } = await this.#check(true, signal);
      if (!isSound) throw new KenroError('databaseCorrupt', { path: this.#options.db.name });
      return {};
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#underWay;
  }

  async #check(isWhole: boolean, signal: AbortSignal): Promise<DatabaseCheck> {
    const { db, clock, onDamage } = this.#options;
    const isSound = await isFileSound(db.name, signal, isWhole);
    const check = { timeMs: clock.nowMs(), isSound, isWhole };
    if (!isSound) markSuspect(db.name);
    try {
      transaction(db, () => {
        keepCheck(db, check);
        if (isWhole || !isSound) {
          const who = isWhole ? {} : { actor: 'station' };
          appendAudit(
            db,
            { ...who, action: 'backup.checkDatabase', detail: { isSound, isWhole } },
            check.timeMs,
          );
        }
      });
    } finally {
      // Also where the damage keeps it from being written down.
      if (!isSound) onDamage();
    }
    return check;
  }
}
