import type {
  DriftAlarm,
  DriftExample,
  DriftFeature,
  DriftWatch as WatchReport,
} from '../../contract/drift.ts';
import {
  nextDrift,
  populationStability,
  psiFrom,
  recentParts,
  startDrift,
  type DriftCall,
  type DriftPlan,
  type DriftState,
} from '../../engine/drift.ts';
import type { DriftPart, StoredWatch } from '../../store/drift.ts';
import { adviceOn } from './advice.ts';

export type FoundDrift = Omit<DriftAlarm, 'id' | 'productId' | 'modelId' | 'acknowledged' | 'timeMs'>;

/** Pictures shown of the time before, and of that after. */
export const examples = 4;

/** One product under one model: its parts against its reference. */
export class DriftWatch {
  readonly stored: StoredWatch;
  readonly #plan: DriftPlan;
  #state: DriftState<DriftFeature> = startDrift();
  #reference: DriftPart[] = [];
  #recent: DriftPart[] = [];
  #look: WatchReport['look'] = null;
  /** A drift was told; it is not told again until a look has found none. */
  #isTold: boolean;

  /**
   * @param parts those on record, in order: what was seen before the application was closed
   * @param isTold an alarm of this reference is on record
   */
  constructor(stored: StoredWatch, plan: DriftPlan, parts: readonly DriftPart[], isTold: boolean) {
    this.stored = stored;
    this.#plan = plan;
    this.#isTold = isTold;
    for (const part of parts) {
      // The numbers of those forgotten in between count, so that looks fall where they would have.
      if (part.number > this.#state.seen + 1) this.#state = { ...this.#state, seen: part.number - 1 };
      this.#take(part);
    }
  }

  get nextNumber(): number {
    return this.#state.seen + 1;
  }

  /** Whether the picture of the next part should be kept, as an example of what has changed. */
  get wantsPicture(): boolean {
    return this.#state.suspicions > 0 && !this.#isTold;
  }

  /** @returns what has been found with this part, and whether a look was taken or the reference is complete */
  add(part: DriftPart): { found: FoundDrift | null; isNews: boolean } {
    const { look, call } = this.#take(part);
    if (look && !look.isSuspect) this.#isTold = false;
    const found = call && !this.#isTold ? this.#found(call) : null;
    if (found) this.#isTold = true;
    const isComplete = this.#state.seen === this.#plan.referenceParts;
    return { found, isNews: look !== null || isComplete };
  }

  report(): WatchReport {
    const { productId, modelId, startedMs } = this.stored;
    return {
      ...{ productId, modelId, startedMs },
      reference: { parts: this.#reference.length, of: this.#plan.referenceParts },
      look: this.#look,
      stability: this.#stability(),
    };
  }

  #take(part: DriftPart) {
    const isReference = this.#state.swings === null;
    const step = nextDrift(this.#plan, this.#state, part.values);
    this.#state = step.state;
    if (isReference) this.#reference.push(part);
    else this.#recent = [...this.#recent.slice(-(recentParts - 1)), part];
    if (step.look) {
      const { features, ...look } = step.look;
      this.#look = { ...look, features: [...features], timeMs: part.timeMs };
    }
    return step;
  }

  #found({ by, features, partsAgo }: DriftCall<DriftFeature>): FoundDrift {
    const start = Math.max(0, this.#recent.length - partsAgo);
    const earlier = [...this.#reference, ...this.#recent.slice(0, start)];
    const later = this.#recent.slice(start);
    return {
      by,
      features: [...features],
      sinceMs: later[0]!.timeMs,
      advice: adviceOn(features),
      before: shown(earlier),
      after: shown(later),
    };
  }

  #stability(): number | null {
    const enough = Math.min(this.#reference.length, this.#recent.length) >= psiFrom;
    if (!enough) return null;
    const scores = (parts: readonly DriftPart[]) => parts.map(({ values }) => values.score);
    return populationStability(scores(this.#reference), scores(this.#recent));
  }
}

/** The newest, those with a picture first. */
function shown(parts: readonly DriftPart[]): DriftExample[] {
  const newest = parts.toReversed();
  return [...newest.filter(({ imageKept }) => imageKept), ...newest.filter(({ imageKept }) => !imageKept)]
    .slice(0, examples)
    .map(({ inspectionId: id, timeMs, imageKept }) => ({ id, timeMs, imageKept }));
}
