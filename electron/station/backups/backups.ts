import type { BackupPlan, BackupSet, BackupStatus } from '../../contract/backups.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import type { Job } from '../../contract/jobs.ts';
import type { Advance, Jobs } from '../../learning/jobs.ts';
import type { Clock } from '../../platform/clock.ts';
import { errorCode } from '../../platform/durableFile.ts';
import type { Log } from '../../platform/log.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { appendAudit } from '../../store/audit.ts';
import { listBackups } from '../../store/backup.ts';
import { stationOf } from '../../store/databaseContent.ts';
import type { WritableDb } from '../../store/db.ts';
import { lastCheck } from '../../store/lastCheck.ts';
import { partsAfter } from '../../store/tallies.ts';
import { assertReadable } from '../listFolder.ts';
import { listSets } from './backupSets.ts';
import { copyChecked } from './checkSet.ts';
import { makeSet } from './makeSet.ts';
import { beginStaging, dropStaging, orderRestore } from './restoring.ts';

export interface BackupsOptions {
  readonly db: WritableDb;
  readonly paths: DataPaths;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly jobs: Jobs;
  readonly plan: () => BackupPlan;
  /** Told of each new reason why no backup can be made. */
  readonly onFailure: (error: ErrorInfo) => void;
  /** The station is to begin anew on what was staged. */
  readonly restart: () => void;
  readonly lookMs?: number;
}

const defaultLookMs = 60_000;
const hourMs = 3_600_000;

/** Backups of the whole station in a folder of choice, made when they are due, and restored. */
export class Backups {
  readonly #options: BackupsOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #underWay: Promise<void> | null = null;
  #error: ErrorInfo | null = null;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), options.lookMs ?? defaultLookMs);
    this.#timer.unref();
  }

  /** @param folder other than the one of the plan, e.g. with the backups of another computer */
  async status(folder: string | null): Promise<BackupStatus> {
    const { db, paths, plan } = this.#options;
    const asked = folder ?? plan().folder;
    let error = folder === null ? this.#error : null;
    const sets =
      asked === null
        ? []
        : await this.#setsIn(asked).catch((thrown: unknown) => {
            error = toErrorInfo(thrown);
            return [];
          });
    return {
      sets,
      error,
      localMs: listBackups(paths).map(({ timeMs }) => timeMs),
      nextMs: plan().folder === null ? null : Math.max(this.#dueMs(sets), this.#options.clock.nowMs()),
      check: lastCheck(db),
    };
  }

  /** Makes a backup when one is due; a folder that is gone is tried again at the next look. */
  look(): Promise<void> {
    this.#underWay ??= this.#makeIfDue()
      .then((made) => void (made && (this.#error = null)))
      .catch((thrown: unknown) => this.#failed(thrown))
      .finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  /** @throws {KenroError} `backupFolderMissing` while none is chosen; `conflict` while one is being made */
  make(): Job {
    const folder = this.#folder();
    return this.#start('backup', folder, async (advance, signal) => {
      await this.#underWay;
      await this.#make(folder, signal, advance);
      this.#error = null;
    });
  }

  /** Reads a backup through without using it. */
  check(set: string): Job {
    return this.#start('backupCheck', set, async (advance, signal) => {
      const staging = beginStaging(this.#options.paths);
      try {
        await copyChecked(set, staging, signal, (done, total) => advance({ done, total }));
      } finally {
        dropStaging(this.#options.paths);
      }
    });
  }

  /** Checks a backup, and begins anew on it when it is sound. The present data is kept aside. */
  restore(set: string, { actor, reason }: { actor: string; reason: string }): Job {
    const { paths, db, clock, restart } = this.#options;
    return this.#start('restore', set, async (advance, signal) => {
      const staging = beginStaging(paths);
      try {
        const manifest = await copyChecked(set, staging, signal, (done, total) => advance({ done, total }));
        if (signal.aborted) throw new KenroError('cancelled');
        const isOwn = manifest.station === stationOf(db);
        const lostParts = isOwn ? partsAfter(db, manifest.lastPartMs ?? -1) : 0;
        const stagedMs = clock.nowMs();
        const order = { from: set, actor, reason, stagedMs, lostParts, manifest };
        await orderRestore(paths, order);
        const detail = { from: set, reason, madeMs: manifest.madeMs, lostParts };
        appendAudit(db, { actor, action: 'backup.restore', detail }, stagedMs);
      } catch (thrown) {
        dropStaging(paths);
        throw thrown;
      }
      restart();
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#underWay;
  }

  #start(
    kind: 'backup' | 'backupCheck' | 'restore',
    title: string,
    work: (advance: Advance, signal: AbortSignal) => Promise<void>,
  ): Job {
    const { jobs } = this.#options;
    const about = { kind, title, productId: null, stage: 'copy' };
    return jobs.startAlone(['backup', 'backupCheck', 'restore'], about, async (advance, signal) => {
      await work(advance, signal).catch((thrown: unknown) => {
        throw asExpected(thrown, title);
      });
      return {};
    });
  }

  async #makeIfDue(): Promise<boolean> {
    const { plan, clock } = this.#options;
    const { folder } = plan();
    if (folder === null) return false;
    if (clock.nowMs() < this.#dueMs(await this.#setsIn(folder))) return false;
    await this.#make(folder, this.#stopping.signal);
    return true;
  }

  async #make(folder: string, signal: AbortSignal, advance?: Advance): Promise<void> {
    const { db, paths, plan, version: app, clock } = this.#options;
    // A share that is gone must not be made anew on this computer's own disk.
    await assertReadable(folder);
    const { path, manifest } = await makeSet({
      ...{ db, paths, folder, app, signal, keep: plan().keep, nowMs: clock.nowMs() },
      onProgress: (stage, done, total) => advance?.({ stage, done, total }),
    });
    const { parts, database, models } = manifest;
    const detail = { path, parts, sha256: database.sha256, models: models.length };
    const who = advance ? {} : { actor: 'station' };
    appendAudit(db, { ...who, action: 'backup.make', detail }, clock.nowMs());
  }

  async #setsIn(folder: string): Promise<BackupSet[]> {
    await assertReadable(folder);
    return listSets(folder, stationOf(this.#options.db));
  }

  /** A clock that was set back must not put the next one off: what lies in the future does not count. */
  #dueMs(sets: readonly BackupSet[]): number {
    const nowMs = this.#options.clock.nowMs();
    const newest = sets.find(({ isOwn, madeMs }) => isOwn && madeMs <= nowMs);
    return newest === undefined ? 0 : newest.madeMs + this.#options.plan().everyHours * hourMs;
  }

  #folder(): string {
    const { folder } = this.#options.plan();
    if (folder === null) throw new KenroError('backupFolderMissing');
    return folder;
  }

  /** One outage is one entry of the trail. */
  #failed(thrown: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const { db, clock, log, onFailure, plan } = this.#options;
    const folder = plan().folder ?? '';
    const error = toErrorInfo(asExpected(thrown, folder));
    const isNews = this.#error?.kind !== error.kind;
    this.#error = error;
    if (!isNews) return;
    log.warn('no backup could be made', thrown);
    onFailure(error);
    try {
      const detail = { folder, kind: error.kind };
      appendAudit(db, { actor: 'station', action: 'backup.failed', detail }, clock.nowMs());
    } catch (bare) {
      log.error('a failed backup could not be put on record', bare);
    }
  }
}

function asExpected(thrown: unknown, path: string): unknown {
  if (thrown instanceof KenroError || errorCode(thrown) === undefined) return thrown;
  return new KenroError('backupNotWritten', { path }, { cause: thrown });
}
