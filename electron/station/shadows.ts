import type { Inspection } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { ProductSmoothing } from '../contract/smoothing.ts';
import { thresholdsFor } from '../contract/verdict.ts';
import type { EngineClient } from '../engine/client.ts';
import type { NewShadow } from '../store/shadows.ts';
import type { JudgingContext } from './pipeline.ts';
import type { Part } from './part.ts';

/** Which model judges a part once more, without deciding on it. */
export interface ShadowAsk {
  readonly rolloutId: number;
  readonly model: NonNullable<JudgingContext['model']>;
  readonly smoothing?: ProductSmoothing | undefined;
}

export interface ShadowsOptions {
  readonly engine: EngineClient;
  /** Whether no part is being judged. */
  readonly isIdle: () => boolean;
  readonly record: (shadow: NewShadow) => void;
  /** One is done: there may be room for a part again. */
  readonly onDone: () => void;
  readonly onBug: (thrown: unknown) => void;
}

interface Waiting {
  readonly part: Part;
  readonly inspection: Inspection;
  readonly ask: ShadowAsk;
}

/** The engine's live ring holds the pictures of so many parts for certain, and some more. */
const mostWaiting = 200;
/** From here on, sources that can wait do. */
const behindFrom = 8;

/**
 * Has a candidate judge parts that are on record, one at a time and only while no part waits for its own verdict: of a
 * line that never rests, shadow verdicts are missing rather than verdicts late. What cannot be judged, or not be put on
 * record, is missing too.
 */
export class Shadows {
  readonly #options: ShadowsOptions;
  #waiting: Waiting[] = [];
  #busy = false;
  #closed = false;

  constructor(options: ShadowsOptions) {
    this.#options = options;
  }

  /** Whether parts that can wait had better do so. */
  get isBehind(): boolean {
    return this.#waiting.length >= behindFrom;
  }

  add(part: Part, inspection: Inspection, ask: ShadowAsk): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push({ part, inspection, ask });
  }

  /** Lets the next part be judged, if nothing else is under way. */
  pump(): void {
    if (this.#busy || this.#closed || !this.#options.isIdle()) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#busy = true;
    void this.#judge(next)
      .catch((thrown: unknown) => {
        if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
      })
      .finally(() => {
        this.#busy = false;
        if (!this.#closed) this.#options.onDone();
      });
  }

  /** What is still waiting is missing. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  async #judge({ part, inspection, ask }: Waiting): Promise<void> {
    const { engine, record } = this.#options;
    const { model, smoothing, rolloutId } = ask;
    const reply = await engine.call('judge', {
      ...{ key: part.key, image: part.image, model, smoothing },
      ...{ keep: 'notOk', again: true },
    });
    // Not the picture that the verdict was given on: it is not the same part.
    if (this.#closed || reply.imageHash === null || reply.imageHash !== inspection.imageHash) return;
    record({
      ...{ inspectionId: inspection.id, rolloutId },
      ...{ verdict: reply.verdict, score: reply.score },
      thresholds: thresholdsFor(model, reply.label),
      label: reply.verdict === 'OK' ? null : reply.label,
      reason: (reply.score === null ? reply.error : reply.smoothing?.error)?.kind ?? null,
      timeMs: reply.decodeMs + reply.inferMs + (reply.smoothing?.smoothMs ?? 0),
      ...{ imageKept: reply.imageKept, map: reply.map },
    });
  }
}
