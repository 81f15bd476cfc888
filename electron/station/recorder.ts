import type { AnomalyMap } from '../contract/domain.ts';
import type { PictureFigures } from '../contract/drift.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { NewPart, RecordedPart } from '../store/inspections.ts';
import type { TakenPart } from './fairQueue.ts';
import type { ShadowAsk } from './shadows.ts';

/**
 * One transaction: all parts or none; one entry a part, in order.
 * @throws {KenroError} while the store cannot take parts; anything else means that a part is at fault.
 */
export type RecordParts = (parts: readonly NewPart[]) => RecordedPart[];

export interface JudgedPart extends TakenPart {
  readonly row: NewPart;
  /** For the screen, also where it is not kept. */
  readonly map: AnomalyMap | null;
  readonly figures?: PictureFigures | undefined;
  /** With the figures: how the network sees the picture. */
  readonly embedding?: readonly number[] | null | undefined;
  /** Another model is to judge it too, once it is on record. */
  readonly shadow?: ShadowAsk | undefined;
  /** When the engine answered, monotonic. */
  readonly judgedMs: number;
  /** Of the time until then, what the engine did not decode or look for. */
  readonly queuedMs: number;
}

export interface RecorderOptions {
  clock: Clock;
  record: RecordParts;
  /** Told after the parts are on record, oldest first, with what the record says of each. */
  onRecorded: (parts: readonly JudgedPart[], recorded: readonly RecordedPart[]) => void;
  /** The store does not take rows (or takes them again: `null`). Told of each change. */
  onHeld: (error: ErrorInfo | null) => void;
  onBug: (thrown: unknown) => void;
}

/** Parts that come within so many times the length of a transaction share one, but wait no longer than this. */
const restPerCommit = 9;
const longestBatchMs = 50;
const firstRetryMs = 100;
const longestRetryMs = 2_000;

/**
 * Puts judged parts on record: at once when the line is calm, in batches when it is busy. What the store does
 * not take now is kept and tried again until it does; meanwhile `held` says why nothing more should be judged.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  #parts: JudgedPart[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastFlushMs = -Infinity;
  #retryMs = firstRetryMs;
  #held: ErrorInfo | null = null;
  /** How long the last transaction took: the best guess for the one that writes the figure down. */
  #commitMs = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get held(): ErrorInfo | null {
    return this.#held;
  }

  add(part: JudgedPart): void {
    this.#parts.push(part);
    if (this.#timer) return;
    const batchMs = Math.min(longestBatchMs, restPerCommit * this.#commitMs);
    const waitMs = this.#lastFlushMs + batchMs - this.#options.clock.monotonicMs();
    if (waitMs <= 0) this.flush();
    else this.#timer = setTimeout(() => this.flush(), waitMs);
  }

  /** Tries to put everything on record now. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#parts.length === 0) return;
    const parts = this.#parts;
    const startMs = this.#options.clock.monotonicMs();
    const recorded = this.#insert(parts.map((part) => this.#timed(part, startMs)));
    if (!recorded) return;
    this.#lastFlushMs = this.#options.clock.monotonicMs();
    this.#commitMs = this.#lastFlushMs - startMs;
    this.#parts = [];
    this.#release();
    this.#options.onRecorded(parts, recorded);
  }

  #timed({ row, judgedMs }: JudgedPart, nowMs: number): NewPart {
    const storeMs = Math.max(0, nowMs - judgedMs) + this.#commitMs;
    return { ...row, inspection: { ...row.inspection, latency: { ...row.inspection.latency, storeMs } } };
  }

  #insert(rows: readonly NewPart[]): RecordedPart[] | null {
    try {
      return this.#insertOrFindFault(rows);
    } catch (thrown) {
      if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
      this.#hold(toErrorInfo(thrown));
      return null;
    }
  }

  /** One row that the store can never take must not stop the line: it goes on record as a review without data. */
  #insertOrFindFault(rows: readonly NewPart[]): RecordedPart[] {
    const { record, onBug } = this.#options;
    try {
      return record(rows);
    } catch (thrown) {
      if (thrown instanceof KenroError) throw thrown;
      onBug(thrown);
      if (rows.length === 1) return record([withoutData(rows[0] as NewPart)]);
      return rows.flatMap((row) => this.#insertOrFindFault([row]));
    }
  }

  #hold(error: ErrorInfo): void {
    this.#timer = setTimeout(() => this.flush(), this.#retryMs);
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
    const news = this.#held?.kind !== error.kind;
    this.#held = error;
    if (news) this.#options.onHeld(error);
  }

  #release(): void {
    this.#retryMs = firstRetryMs;
    if (!this.#held) return;
    this.#held = null;
    this.#options.onHeld(null);
  }

  /** Last attempt; nothing is tried again afterwards. What is still not on record is delivered again next time. */
  close(): void {
    this.flush();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function withoutData(row: NewPart): NewPart {
  const nothing = {
    score: null,
    label: null,
    imageHash: null,
    imageKept: false,
    imageWidth: null,
    imageHeight: null,
  };
  return {
    key: row.key,
    inspection: { ...row.inspection, ...nothing, verdict: 'REVIEW', reason: 'internal' },
    map: null,
  };
}
