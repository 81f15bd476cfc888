import { rm, stat, statfs } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Retention, StorageForecast } from '../../contract/backups.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { findKept } from '../../engine/keptPictures.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { appendAudit } from '../../store/audit.ts';
import { row, type WritableDb } from '../../store/db.ts';
import {
  countDeletable,
  countKept,
  keepReleasedUpTo,
  keptShares,
  newestKept,
  releasedUpTo,
  releasePictures,
} from '../../store/keptPictures.ts';
import { countersOver, countersSince } from '../../store/tallies.ts';
import { daysUntilFull } from './daysUntilFull.ts';

export interface PictureRetentionOptions {
  readonly db: WritableDb;
  readonly paths: DataPaths;
  readonly clock: Clock;
  readonly retention: () => Retention;
  /** What must stay is more than what may be: told, never deleted. */
  readonly onExceeding: (error: ErrorInfo) => void;
  readonly onBug: (thrown: unknown) => void;
  readonly lookMs?: number;
}

const defaultLookMs = 3_600_000;
const dayMs = 86_400_000;
const rateDays = 7;
const gigabyte = 1e9;
/** Pictures whose files are looked at for their usual size. */
const measured = 200;
const deletedATurn = 500;

/**
 * Deletes pictures of OK parts that are too old, or too many, oldest first. Pictures of NG and REVIEW parts, of parts a person
 * has judged or is to judge, verdicts and the audit trail are never deleted.
 */
export class PictureRetention {
  readonly #options: PictureRetentionOptions;
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: PictureRetentionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), options.lookMs ?? defaultLookMs);
    this.#timer.unref();
  }

  /** Deletes what the policy lets go now. */
  look(): Promise<void> {
    this.#underWay ??= this.#apply()
      .catch((thrown: unknown) => this.#options.onBug(thrown))
      .finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  async forecast(): Promise<StorageForecast> {
    const { db, paths } = this.#options;
    const { bavail, bsize } = await statfs(paths.root);
    const databaseBytes = pragma(db, 'page_count') * pragma(db, 'page_size');
    const [pictures, usual] = [countKept(db), await this.#usualBytes()];
    const [freeBytes, okPictures] = [bavail * bsize, countDeletable(db)];
    const pictureBytes = Math.round(pictures * usual);
    const now = { freeBytes, databaseBytes, pictures, pictureBytes, okPictures };
    const partsADay = this.#partsADay();
    if (partsADay === null) return { ...now, partsADay, bytesADay: null, daysLeft: null };

    const shares = keptShares(db);
    const databaseADay = (partsADay * databaseBytes) / Math.max(1, countersSince(db, 0).parts);
    const [okADay, stayingADay] = [partsADay * shares.ok * usual, partsADay * shares.staying * usual];
    const okBytes = Math.min(pictures, okPictures) * usual;
    const filling = { freeBytes, okBytes, databaseADay, okADay, stayingADay };
    return {
      ...{ ...now, partsADay, bytesADay: databaseADay + okADay + stayingADay },
      daysLeft: daysUntilFull(
        { ...filling, stayingBytes: Math.max(0, pictureBytes - okBytes) },
        this.#options.retention(),
      ),
    };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #apply(): Promise<void> {
    const { clock, retention, onExceeding } = this.#options;
    const { okDays, mostGb } = retention();
    if (okDays !== null) await this.#release(clock.nowMs() - okDays * dayMs, Infinity, 'age');
    if (mostGb === null) return;
    const usual = await this.#usualBytes();
    const over = () => countKept(this.#options.db) * usual - mostGb * gigabyte;
    if (over() <= 0 || usual === 0) return;
    await this.#release(clock.nowMs(), Math.ceil(over() / usual), 'size');
    const left = over();
    if (left <= 0 || this.#isStopped) return;
    const params = { mostGb, overGb: Math.ceil((left / gigabyte) * 10) / 10 };
    onExceeding({ kind: 'picturesExceed', params });
  }

  /** @param most parts that give their picture up */
  async #release(beforeMs: number, most: number, why: 'age' | 'size'): Promise<void> {
    const { db, clock } = this.#options;
    let afterId = releasedUpTo(db);
    let isContiguous = true;
    let deleted = 0;
    while (deleted < most && !this.#isStopped) {
      const step = releasePictures(db, { afterId, beforeMs, most: Math.min(most - deleted, deletedATurn) });
      await this.#delete(step.hashes);
      deleted += step.hashes.length;
      afterId = step.afterId;
      isContiguous &&= step.isDone;
      // The next search begins behind what has given up all it ever may.
      if (isContiguous) keepReleasedUpTo(db, afterId);
      if (step.isOver) break;
      await setImmediate();
    }
    if (deleted === 0) return;
    const detail = { pictures: deleted, why };
    appendAudit(db, { actor: 'station', action: 'retention.delete', detail }, clock.nowMs());
  }

  /** Off the record first: a file that is left by a power cut takes room, a record without its file would lie. */
  async #delete(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) {
      const path = await findKept(this.#options.paths.images, hash);
      if (path !== null) await rm(path, { force: true });
    }
  }

  /** Mean size of the newest kept pictures; 0 without any. */
  async #usualBytes(): Promise<number> {
    const { db, paths } = this.#options;
    const sizes: number[] = [];
    for (const hash of new Set(newestKept(db, measured))) {
      const path = await findKept(paths.images, hash);
      if (path !== null) sizes.push((await stat(path)).size);
    }
    return sizes.length === 0 ? 0 : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  }

  /** Of the last days on record; `null` before a day is full. */
  #partsADay(): number | null {
    const { db, clock } = this.#options;
    const nowMs = clock.nowMs();
    const oldest = row<{ time_ms: number }>(db, 'SELECT time_ms FROM inspections ORDER BY time_ms LIMIT 1');
    if (oldest === undefined || nowMs - oldest.time_ms < dayMs) return null;
    const days = Math.min(rateDays, (nowMs - oldest.time_ms) / dayMs);
    return countersOver(db, { fromMs: nowMs - days * dayMs, toMs: nowMs }, {}).parts / days;
  }
}

function pragma(db: WritableDb, name: 'page_count' | 'page_size'): number {
  return db.pragma(name, { simple: true }) as number;
}
