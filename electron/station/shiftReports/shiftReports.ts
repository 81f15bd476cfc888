import { join } from 'node:path';
import type { Settings } from '../../contract/domain.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import type { ShiftReportStatus } from '../../contract/shiftReports.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { Clock } from '../../platform/clock.ts';
import { errorCode, writeDurably } from '../../platform/durableFile.ts';
import type { Log } from '../../platform/log.ts';
import type { PrintPdf } from '../../report/renderAs.ts';
import { renderShift } from '../../report/shift/shiftReport.ts';
import type { WritableDb } from '../../store/db.ts';
import { keepShiftReport, lastShiftReport } from '../../store/shiftReports.ts';
import { assertReadable } from '../listFolder.ts';
import { dueAround, dueTimes } from './dueTimes.ts';
import { gatherShift } from './gatherShift.ts';

export interface ShiftReportsOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly log: Log;
  readonly version: string;
  readonly printPdf: PrintPdf;
  readonly settings: () => Settings;
  /** Told of each attempt that failed. */
  readonly onFailure: (error: ErrorInfo) => void;
  readonly lookMs?: number;
}

const defaultLookMs = 60_000;
/** Reports missed for longer are not made up for: nobody reads a thousand of them. */
const madeUpForMs = 31 * 86_400_000;

/**
 * Writes a report on each shift into a folder when the shift is over. What could not be written, or was due while Kenro
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
    await this.#write(folder, last);
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
    const since = lastShiftReport(db)?.dueMs ?? dueAround(nowMs, times).last - 1;
    for (const dueMs of dueTimes(Math.max(since, nowMs - madeUpForMs), nowMs, times)) {
      if (this.#stopped) return;
      await this.#write(folder, dueMs);
    }
  }

  async #write(folder: string, dueMs: number): Promise<void> {
    const { db, clock, engine, version, printPdf, settings } = this.#options;
    const { times, formats } = this.#schedule;
    const span = { fromMs: dueAround(dueMs - 1, times).last, toMs: dueMs };
    const report = { ...(await gatherShift(db, engine, span)), span, madeAtMs: clock.nowMs(), version };
    await assertWritable(folder);
    const files: string[] = [];
    for (const format of formats) {
      const name = `kenro-shift-${stampOf(dueMs)}.${format}`;
      const content = await renderShift(report, format, settings().language, printPdf);
      await writeDurably(join(folder, name), content).catch((thrown: unknown) => {
        throw asFolderFailure(thrown, folder);
      });
      files.push(name);
    }
    keepShiftReport(db, { dueMs, fromMs: span.fromMs, writtenMs: clock.nowMs() });
    this.#files = files;
  }

  #failed(thrown: unknown): void {
    const error = toErrorInfo(thrown);
    if (this.#error?.kind !== error.kind) this.#options.log.warn('no shift report could be written', thrown);
    this.#error = error;
    this.#options.onFailure(error);
  }
}

/** A folder that is gone, e.g. a share of the network, must not be made anew on this computer's own disk. */
async function assertWritable(folder: string): Promise<void> {
  await assertReadable(folder).catch((thrown: unknown) => {
    throw asFolderFailure(thrown, folder);
  });
}

function asFolderFailure(thrown: unknown, path: string): unknown {
  const isExpected = thrown instanceof KenroError || errorCode(thrown) !== undefined;
  return isExpected ? new KenroError('reportNotWritten', { path }, { cause: thrown }) : thrown;
}

/** Date and time of the end of the shift, by this computer: 2026-11-27-0800. */
function stampOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}
