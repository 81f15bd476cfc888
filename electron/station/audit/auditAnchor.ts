import { appendFile } from 'node:fs/promises';
import type { AuditCheck } from '../../contract/audit.ts';
import { toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import { Turns } from '../../learning/turns.ts';
import type { Clock } from '../../platform/clock.ts';
import { asDiskError } from '../../platform/durableFile.ts';
import type { Log } from '../../platform/log.ts';
import { appendAudit, auditRowsAfter, lastAudit } from '../../store/audit.ts';
import { verifyAudit } from '../../store/auditCheck.ts';
import type { WritableDb } from '../../store/db.ts';
import { anchorLine, readAnchors } from './anchorFile.ts';

export interface AuditAnchorOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly log: Log;
  /** Beside the database. */
  readonly file: string;
}

const everyMs = 2_000;
const chunk = 1_000;

/**
 * Copies the hash of each entry of the audit trail into a file beside the database. The chain alone shows a change in its
 * middle; the copies also show an end that was cut off and a chain that was computed anew, and name the entry. Whoever may
 * write both files can still deceive it: a head that is printed or exported is out of their reach.
 */
export class AuditAnchor {
  readonly #options: AuditAnchorOptions;
  readonly #turns = new Turns();
  readonly #timer: NodeJS.Timeout;
  /** Id of the newest entry that has its copy. */
  #lastId: number;

  private constructor(options: AuditAnchorOptions, lastId: number) {
    this.#options = options;
    this.#lastId = lastId;
    this.#timer = setInterval(() => void this.#follow(), everyMs);
    this.#timer.unref();
  }

  /**
   * Compares the end of the trail with the copies. Entries that are missing (cut off, or lost with a restored or unfinished
   * database) go on record in the trail itself, and so does it when the copies begin anew.
   * @returns `notice` for the screen, where entries are missing
   */
  static async start(
    options: AuditAnchorOptions,
  ): Promise<{ anchor: AuditAnchor; notice: ErrorInfo | null }> {
    const { db, clock, file } = options;
    const anchors = await readAnchors(file);
    const lastId = lastAudit(db)?.id ?? 0;
    let notice: ErrorInfo | null = null;
    if (anchors === null && lastId > 0) {
      appendAudit(
        db,
        { actor: 'station', action: 'audit.anchor', detail: { entries: lastId } },
        clock.nowMs(),
      );
    }
    if (anchors !== null && anchors.lastId > lastId) {
      const gap = { from: lastId + 1, to: anchors.lastId };
      const detail = { ...gap, head: anchors.hashes.get(anchors.lastId) };
      appendAudit(db, { actor: 'station', action: 'audit.gap', detail }, clock.nowMs());
      notice = { kind: 'auditGap', params: gap };
    }
    const anchor = new AuditAnchor(options, Math.min(anchors?.lastId ?? 0, lastId));
    await anchor.#follow();
    return { anchor, notice };
  }

  /** Recomputes the chain and compares it with the copies. */
  async verify(onProgress: (entries: number, total: number) => void): Promise<AuditCheck> {
    const { db, file } = this.#options;
    await this.#follow();
    const anchors = await readAnchors(file);
    const total = lastAudit(db)?.id ?? 0;
    return verifyAudit(db, {
      ...(anchors === null ? {} : { anchors }),
      onProgress: (entries) => onProgress(entries, total),
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#follow();
  }

  /** A disk that is full now is tried again the next time. */
  #follow(): Promise<void> {
    const { db, file, log } = this.#options;
    return this.#turns.take(async () => {
      try {
        for (;;) {
          const rows = auditRowsAfter(db, this.#lastId, chunk);
          const last = rows.at(-1);
          if (last === undefined) break;
          await appendFile(file, rows.map(({ id, hash }) => anchorLine(id, hash)).join(''), { flush: true });
          this.#lastId = last.id;
        }
      } catch (thrown) {
        log.warn('the hashes of the audit trail could not be copied', toErrorInfo(asDiskError(thrown, file)));
      }
    });
  }
}
