import type { Settings } from '../../contract/domain.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import type { ShiftFormat, ShiftReportStatus } from '../../contract/shiftReports.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { PrintPdf } from '../../report/renderAs.ts';
import { renderShift } from '../../report/shift/shiftReport.ts';
import type { WritableDb } from '../../store/db.ts';
import { rolloutsSince } from '../../store/rollouts.ts';
import { keepShiftReport, lastShiftReport } from '../../store/shiftReports.ts';
import type { ReportFile } from '../assets.ts';
import { dueAround, dueTimes } from './dueTimes.ts';
import { gatherShift } from './gatherShift.ts';
import { stampOf, writeInFormats } from './reportFolder.ts';

export interface ShiftReportsOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly log: Log;
  readonly version: string;
  readonly printPdf: PrintPdf;
  readonly rolloutFile: ReportFile;
  readonly settings: () => Settings;
  /** Told of each attempt that failed. */
  readonly onFailure: (error: ErrorInfo) => void;
  readonly lookMs?: number;
}

const defaultLookMs = 60_000;
/** Reports missed for longer are not made up for: nobody reads a thousand of them. */
const madeUpForMs = 31 * 86_400_000;

/**
 * Writes a report on each shift into a folder when the shift is over, and one on every rollout that is under way or has
 * ended since the last. What could not be written, or was due while Kenro
 * was not running, is written at the next look.
 */
export class ShiftReports {
  readonly #options: ShiftReportsOptions;
  readonly #timer: NodeJS.Timeout;
  #underWay: Promise<void> | null = null;
  #files: string[] = [];
  #error: ErrorInfo | null = null;
  #stopped = false;

  constructor(options: ShiftReportsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), options.lookMs ?? defaultLookMs);
    this.#timer.unref();
  }

  status(): ShiftReportStatus {
    const { db, clock } = this.#options;
    const { folder, times } = this.#schedule;
    return {
      writtenMs: lastShiftReport(db)?.writtenMs ?? null,
      files: this.#files,
      nextMs: folder === null ? null : dueAround(clock.nowMs(), times).next,
      error: this.#error,
    };
  }

  /** Writes what is due. */
  look(): Promise<void> {
    this.#underWay ??= this.#writeDue()
      .then(
        () => void (this.#error = null),
        (thrown: unknown) => this.#failed(thrown),
      )
      .finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  /** The report on the shift that ended last, at once. @throws {KenroError} `reportFolderMissing`; as writing does */
  async writeLast(): Promise<ShiftReportStatus> {
    const { clock } = this.#options;
    const { folder, times } = this.#schedule;
    if (folder === null) throw new KenroError('reportFolderMissing');
    await this.#underWay;
    const { last } = dueAround(clock.nowMs(), times);
    await this.#write(folder, last, lastShiftReport(this.#options.db)?.writtenMs ?? last);
    this.#error = null;
    return this.status();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#underWay;
  }

  get #schedule() {
    const { shiftReports, shiftStarts } = this.#options.settings();
    return { ...shiftReports, times: shiftStarts };
  }

  async #writeDue(): Promise<void> {
    const { db, clock } = this.#options;
    const { folder, times } = this.#schedule;
    if (folder === null) return;
    const nowMs = clock.nowMs();
    // At the first look there is nothing to make up for but the shift that is over.
    const before = lastShiftReport(db);
    const since = before?.dueMs ?? dueAround(nowMs, times).last - 1;
    const due = dueTimes(Math.max(since, nowMs - madeUpForMs), nowMs, times);
    for (const dueMs of due) {
      if (this.#stopped) return;
      // A rollout is reported as it stands now: once is enough, however many shifts are made up for.
      await this.#write(folder, dueMs, dueMs === due.at(-1) ? (before?.writtenMs ?? since) : null);
    }
  }

  /** @param endedSinceMs of rollouts that are over; `null`: none is reported */
  async #write(folder: string, dueMs: number, endedSinceMs: number | null): Promise<void> {
    const { db, clock, engine, version, printPdf, settings } = this.#options;
    const { times, formats } = this.#schedule;
    const span = { fromMs: dueAround(dueMs - 1, times).last, toMs: dueMs };
    const report = { ...(await gatherShift(db, engine, span)), span, madeAtMs: clock.nowMs(), version };
    const files = await writeInFormats(folder, `kenro-shift-${stampOf(dueMs)}`, formats, (format) =>
      renderShift(report, format, settings().language, printPdf),
    );
    if (endedSinceMs !== null) {
      files.push(...(await this.#writeRollouts(folder, dueMs, Math.min(endedSinceMs, span.fromMs))));
    }
    keepShiftReport(db, { dueMs, fromMs: span.fromMs, writtenMs: clock.nowMs() });
    this.#files = files;
  }

  async #writeRollouts(folder: string, dueMs: number, sinceMs: number): Promise<string[]> {
    const { db, settings, rolloutFile } = this.#options;
    const { formats, rollouts } = this.#schedule;
    if (!rollouts) return [];
    const files: string[] = [];
    for (const { id } of rolloutsSince(db, sinceMs)) {
      const name = `kenro-rollout-${id}-${stampOf(dueMs)}`;
      const render = (format: ShiftFormat) => rolloutFile(id, format, settings().language);
      files.push(...(await writeInFormats(folder, name, formats, render)));
    }
    return files;
  }

  #failed(thrown: unknown): void {
    const error = toErrorInfo(thrown);
    if (this.#error?.kind !== error.kind) this.#options.log.warn('no report could be written', thrown);
    this.#error = error;
    this.#options.onFailure(error);
  }
}
