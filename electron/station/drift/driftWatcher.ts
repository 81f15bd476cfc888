import type { DriftAlarm, DriftJob, DriftJobReply, DriftPlan, DriftReport } from '../../contract/drift.ts';
import { KenroError } from '../../contract/errors.ts';
import { recentParts, usualDriftPlan } from '../../engine/drift.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import {
  acknowledgeDriftAlarm,
  addDriftAlarm,
  addDriftParts,
  addOddPictures,
  beginWatch,
  listDriftAlarms,
  newestAlarm,
  openWatch,
  readDriftParts,
  type DriftPart,
  type OddPicture,
} from '../../store/drift.ts';
import type { PartOnRecord } from '../part.ts';
import { DriftWatch, type FoundDrift } from './driftWatch.ts';

export interface DriftWatcherOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  /** The engine's answer, however long it takes. */
  readonly watch: (job: DriftJob) => Promise<DriftJobReply>;
  /** Something to be shown has changed. */
  readonly onChanged: (productId: number) => void;
  /** A drift has been found. */
  readonly onAlarm: (alarm: DriftAlarm) => void;
  /** The store did not take what was seen, or the engine did not answer: the line goes on, and it is tried again. */
  readonly onFailure: (thrown: unknown) => void;
  /** For tests. */
  readonly plan?: DriftPlan;
}

/** A picture of one source is measured this often at most: a fraction of a percent of the processor. */
const measureEveryMs = 50;
/** Measured parts are written down so many at a time: after a loss of power fewer than these are missing. */
const writtenTogether = 20;
const alarmsListed = 20;
/** After the engine did not answer, it is left alone for so long. */
const restMs = 10_000;

interface Watched {
  readonly watch: DriftWatch;
  unwritten: DriftPart[];
  odd: OddPicture[];
  isAsking: boolean;
  /** Not before, on the monotonic clock. */
  askFromMs: number;
}

/** Watches every product under every model that judges it, and raises an alarm when what it sees has moved. */
export class DriftWatcher {
  readonly #options: DriftWatcherOptions;
  readonly #plan: DriftPlan;
  readonly #watched = new Map<string, Watched>();
  readonly #measuredMs = new Map<number, number>();

  constructor(options: DriftWatcherOptions) {
    this.#options = options;
    this.#plan = options.plan ?? usualDriftPlan;
  }

  /** Whether the next picture of a source is to be measured; counts as asked for. */
  measures(sourceId: number): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - (this.#measuredMs.get(sourceId) ?? -Infinity) < measureEveryMs) return false;
    this.#measuredMs.set(sourceId, nowMs);
    return true;
  }

  /** Whether the next picture of a product should be kept even when it is OK, as an example of what has changed. */
  wantsPicture(productId: number | undefined): boolean {
    const watches = [...this.#watched.values()].map(({ watch }) => watch);
    return watches.some((watch) => watch.stored.productId === productId && watch.wantsPicture);
  }

  /** Parts newly on record. Never throws: a line must not stop for its watch. */
  recorded(parts: readonly PartOnRecord[]): void {
    for (const part of parts) {
      try {
        this.#add(part);
      } catch (thrown) {
        this.#options.onFailure(thrown);
      }
    }
  }

  report(productId: number, modelId: number | null): DriftReport {
    const { db } = this.#options;
    const watched = modelId === null ? undefined : this.#find(productId, modelId);
    return { watch: watched?.watch.report() ?? null, alarms: listDriftAlarms(db, productId, alarmsListed) };
  }

  /** @param by who, and why @throws {KenroError} `notFound` */
  acknowledge(id: number, by: { readonly actor: string; readonly reason: string }): DriftAlarm {
    const { db, clock, onChanged } = this.#options;
    const alarm = acknowledgeDriftAlarm(db, id, { ...by, timeMs: clock.nowMs() });
    onChanged(alarm.productId);
    return alarm;
  }

  /** How the parts look from now on is how they should. @throws {KenroError} `notFound`: nothing is watched there */
  reset(productId: number, modelId: number): void {
    const { db, clock, onChanged } = this.#options;
    if (!openWatch(db, productId, modelId)) throw new KenroError('notFound', { what: 'model', id: modelId });
    beginWatch(db, productId, modelId, clock.nowMs());
    this.#watched.delete(keyOf(productId, modelId));
    onChanged(productId);
  }

  /** Writes down what is not yet. */
  flush(): void {
    for (const watched of this.#watched.values()) this.#write(watched);
  }

  #add({ inspection, figures, embedding }: PartOnRecord): void {
    const { productId, modelId, score } = inspection;
    if (!figures || modelId === null || score === null) return;
    const watched = this.#find(productId, modelId) ?? this.#begin(productId, modelId);
    const part: DriftPart = {
      number: watched.watch.nextNumber,
      inspectionId: inspection.id,
      timeMs: inspection.timeMs,
      imageKept: inspection.imageKept,
      values: { score, ...figures },
      embedding: embedding ?? null,
    };
    watched.unwritten.push(part);
    const odd = inspection.verdict === 'NG' ? watched.watch.odd(figures) : null;
    if (odd) watched.odd.push({ inspectionId: inspection.id, ...odd });
    const isComplete = watched.watch.add(part);
    if (watched.unwritten.length >= writtenTogether) this.#write(watched);
    if (isComplete) this.#options.onChanged(productId);
    this.#ask(watched);
  }

  /** One question at a time; parts that come meanwhile are asked about together. */
  #ask(watched: Watched): void {
    const { watch, clock, onFailure } = this.#options;
    if (watched.isAsking || !watched.watch.isDue || clock.monotonicMs() < watched.askFromMs) return;
    watched.isAsking = true;
    const { job, parts } = watched.watch.job();
    watch(job)
      .then((reply) => this.#answered(watched, parts, reply))
      .catch((thrown: unknown) => {
        watched.askFromMs = clock.monotonicMs() + restMs;
        // The station is being closed.
        if (!(thrown instanceof KenroError && thrown.kind === 'cancelled')) onFailure(thrown);
      })
      .finally(() => {
        watched.isAsking = false;
        if (this.#isWatched(watched)) this.#ask(watched);
      });
  }

  #answered(watched: Watched, parts: readonly DriftPart[], reply: DriftJobReply): void {
    // Another reference was begun meanwhile.
    if (!this.#isWatched(watched)) return;
    const { found, isNews } = watched.watch.take(parts, reply);
    if (found) this.#raise(watched, found);
    if (found || isNews) this.#options.onChanged(watched.watch.stored.productId);
  }

  #isWatched(watched: Watched): boolean {
    const { productId, modelId } = watched.watch.stored;
    return this.#watched.get(keyOf(productId, modelId)) === watched;
  }

  #raise(watched: Watched, found: FoundDrift): void {
    const { db, clock, onAlarm } = this.#options;
    const timeMs = clock.nowMs();
    const alarm = transaction(db, () => {
      this.#write(watched);
      const added = addDriftAlarm(db, watched.watch.stored, { ...found, timeMs });
      const { id, productId, modelId, advice, features } = added;
      const moved = features.filter(({ hasMoved }) => hasMoved).map(({ feature }) => feature);
      appendAudit(
        db,
        { actor: 'station', action: 'drift.alarm', detail: { id, productId, modelId, moved, advice } },
        timeMs,
      );
      return added;
    });
    onAlarm(alarm);
  }

  #write(watched: Watched): void {
    const { db } = this.#options;
    if (watched.unwritten.length === 0) return;
    const keep = { first: this.#plan.referenceParts, last: recentParts };
    transaction(db, () => {
      addDriftParts(db, watched.watch.stored.id, watched.unwritten, keep);
      addOddPictures(db, watched.odd);
    });
    watched.unwritten = [];
    watched.odd = [];
  }

  #find(productId: number, modelId: number): Watched | undefined {
    const known = this.#watched.get(keyOf(productId, modelId));
    if (known) return known;
    const { db } = this.#options;
    const stored = openWatch(db, productId, modelId);
    if (!stored) return undefined;
    const parts = readDriftParts(db, stored.id);
    const watch = new DriftWatch(stored, this.#plan, parts, newestAlarm(db, stored.id) !== null);
    return this.#keep(watch);
  }

  #begin(productId: number, modelId: number): Watched {
    const { db, clock } = this.#options;
    const stored = beginWatch(db, productId, modelId, clock.nowMs());
    return this.#keep(new DriftWatch(stored, this.#plan, [], false));
  }

  #keep(watch: DriftWatch): Watched {
    const watched = { watch, unwritten: [], odd: [], isAsking: false, askFromMs: -Infinity };
    this.#watched.set(keyOf(watch.stored.productId, watch.stored.modelId), watched);
    this.#ask(watched);
    return watched;
  }
}

function keyOf(productId: number, modelId: number): string {
  return `${productId}/${modelId}`;
}
