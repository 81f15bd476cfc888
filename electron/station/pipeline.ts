import type { Inspection } from '../contract/domain.ts';
import { unjudged, type JudgeReply } from '../contract/engine.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../contract/errors.ts';
import type { ProductSmoothing } from '../contract/smoothing.ts';
import { thresholdsFor, type JudgedBy } from '../contract/verdict.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import { mainArm, type PartToAssign } from '../rollout/arms.ts';
import type { RecordedPart } from '../store/inspections.ts';
import type { NewShadow } from '../store/shadows.ts';
import type { PartKey } from '../store/partKey.ts';
import { FairQueue, type TakenPart } from './fairQueue.ts';
import { LookBudget } from './lookBudget.ts';
import type { Part, PartOnRecord, PartSource } from './part.ts';
import { Recorder, type JudgedPart, type RecordParts } from './recorder.ts';
import { Shadows, type ShadowAsk } from './shadows.ts';

/** Under which product, lot and model the parts of a source are judged just now. */
export interface JudgingContext {
  readonly productId: number;
  readonly lot: string;
  readonly model: (JudgedBy & { readonly id: number; readonly path: string; readonly sha256: string }) | null;
  /** Absent: one look decides. */
  readonly smoothing?: ProductSmoothing | undefined;
  /** Of a rollout; absent: none concerns the part. */
  readonly arm?: string;
  /** Another model is to judge the part after its verdict. */
  readonly shadow?: ShadowAsk | undefined;
}

export interface PipelineOptions {
  engine: EngineClient;
  clock: Clock;
  record: RecordParts;
  context: (part: Omit<PartToAssign, 'lot'>) => JudgingContext;
  recordShadow: (shadow: NewShadow) => void;
  /** Whether the picture of the next part of this source is kept even when it is OK. */
  keepsOk: (sourceId: number) => boolean;
  /** Whether figures of the next picture of this source are wanted. */
  measures?: (sourceId: number) => boolean;
  /**
   * Share that draws this part for the audit sample, should it be called OK; `null`: it is not drawn.
   * @param timeMs under which the part goes on record
   */
  draws: (productId: number, key: PartKey, timeMs: number) => number | null;
  /** Parts newly on record, oldest first. */
  onRecorded: (parts: readonly PartOnRecord[]) => void;
  /** The store cannot take parts (`null`: it can again). Parts wait at their sources meanwhile. */
  onHeld: (error: ErrorInfo | null) => void;
  onBug: (thrown: unknown) => void;
}

/** A part at the engine. `judged` is `null` when its source took it back. */
interface Slot extends TakenPart {
  done: boolean;
  judged: JudgedPart | null;
}

/**
 * Takes parts from the sources in turn, has the engine judge them and puts them on record in the order in which
 * they were taken. A part leaves its source for good only when it is on record, and a verdict is announced only
 * then.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #queue = new FairQueue();
  readonly #recorder: Recorder;
  readonly #lookBudget = new LookBudget();
  readonly #shadows: Shadows;
  /** In the order in which they were taken. */
  readonly #slots: Slot[] = [];
  readonly #taken = new Map<number, number>();
  #stopping = false;
  #closed = false;
  #drained: () => void = () => undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#recorder = new Recorder({
      clock: options.clock,
      record: options.record,
      onRecorded: (parts, recorded) => this.#recorded(parts, recorded),
      onHeld: options.onHeld,
      onBug: options.onBug,
    });
    this.#shadows = new Shadows({
      engine: options.engine,
      isIdle: () => this.#slots.length === 0 && this.#recorder.held === null,
      record: options.recordShadow,
      onDone: () => this.pump(),
      onBug: options.onBug,
    });
  }

  attach(source: PartSource): void {
    this.#queue.attach(source);
    this.pump();
  }

  /** No more parts are taken from `source`; those taken already go on record. */
  detach(source: PartSource): void {
    this.#queue.detach(source);
  }

  /** Parts of this source taken and not yet on record. */
  taken(sourceId: number): number {
    return this.#taken.get(sourceId) ?? 0;
  }

  /** Why no parts are taken, or `null` while they are. */
  get held(): ErrorInfo | null {
    return this.#recorder.held;
  }

  /** Takes as many parts as there is room for. Called whenever there may be one more. */
  pump(): void {
    const mayTake = ({ isPatient }: PartSource) => !isPatient || !this.#shadows.isBehind;
    while (this.#hasRoom()) {
      const next = this.#queue.take(mayTake);
      if (!next) break;
      const slot: Slot = { ...next, done: false, judged: null };
      this.#slots.push(slot);
      this.#count(slot.part, +1);
      void this.#judge(slot);
    }
    this.#shadows.pump();
  }

  /** Takes no more parts and puts on record what is judged within `graceMs`; the rest is delivered next time. */
  async stop(graceMs = 2_000): Promise<void> {
    this.#stopping = true;
    if (this.#slots.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    this.#closed = true;
    this.#shadows.close();
    this.#recorder.close();
  }

  #hasRoom(): boolean {
    if (this.#stopping || this.#recorder.held) return false;
    const { engine } = this.#options;
    // While the engine is being replaced, parts are safer at their source than on the way to a dead process.
    if (engine.state.status === 'restarting') return false;
    return this.#slots.length < engine.busyWith;
  }

  async #judge(slot: Slot): Promise<void> {
    slot.judged = await this.#ask(slot);
    slot.done = true;
    if (this.#closed) return;
    // Those behind a part still being judged wait for it.
    while (this.#slots[0]?.done) {
      const first = this.#slots.shift() as Slot;
      if (first.judged) this.#recorder.add(first.judged);
      else this.#count(first.part, -1);
    }
    if (this.#slots.length === 0) this.#drained();
    this.pump();
  }

  async #ask({ part, source }: TakenPart): Promise<JudgedPart | null> {
    const { engine, clock, context, keepsOk } = this.#options;
    const timeMs = clock.nowMs();
    const startMs = clock.monotonicMs();
    const { sourceId, serial, origin } = part;
    const { productId, lot, model, smoothing, arm, shadow } = context({ sourceId, serial, origin, timeMs });
    const auditShareId = this.#drawnBy(productId, part.key, timeMs);
    const keep = keepsOk(sourceId) || auditShareId !== null ? 'always' : 'notOk';
    const measures = this.#options.measures?.(sourceId) ?? false;
    const reply = await engine
      .call('judge', {
        ...{ key: part.key, image: part.image, model, keep, measures },
        smoothing: smoothing && this.#lookBudget.within(smoothing),
      })
      .catch((thrown: unknown) => this.#unjudged(thrown));
    const judgedMs = clock.monotonicMs();
    if (!(await this.#accepted(part, source, reply))) return null;

    const smoothMs = reply.smoothing?.smoothMs ?? 0;
    const queuedMs = Math.max(0, judgedMs - startMs - reply.decodeMs - reply.inferMs - smoothMs);
    const inspection = {
      timeMs,
      productId,
      sourceId,
      lot,
      serial,
      origin,
      arm: arm ?? mainArm,
      modelId: model?.id ?? null,
      patchHash: null,
      score: reply.score,
      thresholds: model && thresholdsFor(model, reply.label),
      verdict: reply.verdict,
      // A picture that could not be kept is the disk's trouble, not a reason to look at the part again.
      reason: (reply.score === null ? reply.error : reply.smoothing?.error)?.kind ?? null,
      // A part that is OK has no defect, however little another class was behind.
      label: reply.verdict === 'OK' ? null : reply.label,
      ...lookedAgain(reply),
      latency: {
        waitMs: Math.max(0, startMs - part.readyMs) + queuedMs,
        decodeMs: reply.decodeMs,
        inferMs: reply.inferMs,
        smoothMs,
        storeMs: 0,
      },
      imageHash: reply.imageHash,
      imageKept: reply.imageKept,
      imageWidth: reply.width,
      imageHeight: reply.height,
    };
    // Without its picture, a map has nothing to lie over.
    const row = { key: part.key, inspection, map: reply.imageKept ? reply.map : null, auditShareId };
    const { map, figures, embedding } = reply;
    return { part, source, row, map, figures, embedding, shadow, judgedMs, queuedMs };
  }

  /** A store that cannot tell just now must not stop the line; the part is not drawn then. */
  #drawnBy(productId: number, key: PartKey, timeMs: number): number | null {
    try {
      return this.#options.draws(productId, key, timeMs);
    } catch (thrown) {
      if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
      return null;
    }
  }

  async #accepted(part: Part, source: PartSource, reply: JudgeReply): Promise<boolean> {
    try {
      return await source.accepts(part, reply);
    } catch (thrown) {
      this.#options.onBug(thrown);
      return true;
    }
  }

  /** What stands for the engine's reply when there is none: fail safe, a review that says why. */
  #unjudged(thrown: unknown): JudgeReply {
    if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
    return unjudged(toErrorInfo(thrown));
  }

  #recorded(judged: readonly JudgedPart[], recorded: readonly RecordedPart[]): void {
    const fresh: PartOnRecord[] = [];
    judged.forEach(({ part, source, map, figures, embedding, shadow, queuedMs }, index) => {
      this.#count(part, -1);
      source.recorded(part);
      const { inspection, known } = recorded[index] as RecordedPart;
      if (inspection.certificate) this.#lookBudget.note(queuedMs + inspection.latency.storeMs);
      if (known) return;
      fresh.push({ part, inspection, map, figures, embedding });
      if (shadow) this.#shadows.add(part, inspection, shadow);
    });
    if (fresh.length > 0) this.#options.onRecorded(fresh);
    this.pump();
  }

  #count(part: Part, change: number): void {
    this.#taken.set(part.sourceId, this.taken(part.sourceId) + change);
  }
}

/** What noisy looks have added to a part's record. */
function lookedAgain({
  smoothing,
  verdict,
}: JudgeReply): Pick<Inspection, 'votes' | 'radius' | 'certificate'> {
  if (!smoothing) return { votes: null, radius: null };
  const { certificate } = smoothing;
  if (!certificate) return { votes: 1, radius: null };
  const { n0, n, radius } = certificate;
  // A part that is left to a human withstands nothing.
  return { votes: 1 + n0 + n, radius: verdict === 'REVIEW' ? null : radius, certificate };
}
