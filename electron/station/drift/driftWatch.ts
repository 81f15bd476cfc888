import type {
  DriftAlarm,
  DriftExample,
  DriftFinding,
  DriftJob,
  DriftJobReply,
  DriftMemory,
  DriftPlan,
  PictureFigures,
  DriftWatch as WatchReport,
} from '../../contract/drift.ts';
import { populationStability, psiFrom, recentParts } from '../../engine/drift.ts';
import { packParts } from '../../engine/driftRows.ts';
import type { DriftPart, StoredWatch } from '../../store/drift.ts';
import { adviceOn } from './advice.ts';
import { oddFigure, usualRange, type UsualRange } from './usualPicture.ts';

export type FoundDrift = Omit<DriftAlarm, 'id' | 'productId' | 'modelId' | 'acknowledged' | 'timeMs'>;

/** Pictures shown of the time before, and of that after. */
export const examples = 4;
/** Parts that the engine is asked about at once, unless it is late: half a window, so that none is missed. */
const askedTogether = 25;
/** So many parts wait for the engine at most; of more, those that have waited longest are not watched. */
const mostWaiting = 1000;

/**
 * One product under one model: its parts against its reference. What there is to compute is asked of an engine, which keeps
 * nothing: whatever becomes of it, the parts wait here, and the next one is told all it needs.
 */
export class DriftWatch {
  readonly stored: StoredWatch;
  readonly #plan: DriftPlan;
  /** `null` until the engine has seen the complete reference. */
  #memory: DriftMemory | null = null;
  #reference: DriftPart[];
  #recent: DriftPart[] = [];
  /** What its pictures show; `null` until the engine has seen all of it. */
  #usual: UsualRange | null = null;
  /** After the reference, not yet watched. */
  #waiting: DriftPart[];
  #lastNumber: number;
  /** Parts up to this one were on record already: what they show has been told before. */
  readonly #toldUpTo: number;
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
    this.#reference = parts.filter(({ number }) => number <= plan.referenceParts);
    this.#waiting = parts.filter(({ number }) => number > plan.referenceParts);
    this.#lastNumber = parts.at(-1)?.number ?? 0;
    this.#toldUpTo = this.#lastNumber;
  }

  get nextNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Whether the picture of the next part should be kept, as an example of what has changed. */
  get wantsPicture(): boolean {
    return (this.#memory?.suspicions ?? 0) > 0 && !this.#isTold;
  }

  /** Whether the engine should be asked: enough parts wait, or those of before the application was opened. */
  get isDue(): boolean {
    const isBehind = this.#memory === null && this.#isComplete;
    return isBehind || this.#waiting.length >= askedTogether;
  }

  get #isComplete(): boolean {
    return this.#reference.length >= this.#plan.referenceParts;
  }

  /** @returns whether the reference is complete with it */
  add(part: DriftPart): boolean {
    this.#lastNumber = part.number;
    if (this.#isComplete) {
      this.#waiting.push(part);
      if (this.#waiting.length > mostWaiting) this.#waiting.shift();
      return false;
    }
    this.#reference.push(part);
    return this.#isComplete;
  }

  /** What lies outside the usual of a picture; `null`: nothing, or what is usual is not known yet. */
  odd(figures: PictureFigures): ReturnType<typeof oddFigure> {
    if (this.#memory === null) return null;
    this.#usual ??= usualRange(this.#reference.map(({ values }) => values));
    return oddFigure(figures, this.#usual, this.#memory.swings.features);
  }

  /** What to ask of the engine: all parts that wait. */
  job(): { job: DriftJob; parts: readonly DriftPart[] } {
    const parts = [...this.#waiting];
    const embedding = this.#reference.find((part) => part.embedding)?.embedding?.length ?? 0;
    const packed = (some: readonly DriftPart[]) => packParts(some, embedding);
    const [reference, recent] = [packed(this.#reference), packed(this.#recent)];
    const known = { plan: this.#plan, memory: this.#memory, embedding, reference, recent };
    return { job: { ...known, parts: packed(parts) }, parts };
  }

  /**
   * @param parts those that the engine was asked about
   * @returns the first drift that is news, and whether a look was taken
   */
  take(
    parts: readonly DriftPart[],
    { memory, findings }: DriftJobReply,
  ): { found: FoundDrift | null; isNews: boolean } {
    const watched = new Set(parts);
    this.#waiting = this.#waiting.filter((part) => !watched.has(part));
    this.#memory = memory;
    const byNumber = new Map(findings.map((finding) => [finding.number, finding]));
    let found: FoundDrift | null = null;
    for (const part of parts) {
      this.#recent = [...this.#recent.slice(-(recentParts - 1)), part];
      const finding = byNumber.get(part.number);
      if (finding) found ??= this.#heard(part, finding);
    }
    return { found, isNews: findings.some(({ look }) => look !== null) };
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

  #heard({ number, timeMs }: DriftPart, { look, call }: DriftFinding): FoundDrift | null {
    if (look) this.#look = { ...look, timeMs };
    if (number <= this.#toldUpTo) return null;
    if (look && !look.isSuspect) this.#isTold = false;
    if (!call || this.#isTold) return null;
    this.#isTold = true;
    return this.#found(call);
  }

  #found({ by, features, partsAgo }: NonNullable<DriftFinding['call']>): FoundDrift {
    const start = Math.max(0, this.#recent.length - partsAgo);
    const earlier = [...this.#reference, ...this.#recent.slice(0, start)];
    const later = this.#recent.slice(start);
    return {
      ...{ by, features },
      sinceMs: later[0]!.timeMs,
      advice: adviceOn(features),
      before: shown(earlier),
      after: shown(later),
    };
  }

  #stability(): number | null {
    const recent = [...this.#recent, ...this.#waiting].slice(-recentParts);
    const enough = Math.min(this.#reference.length, recent.length) >= psiFrom;
    if (!enough) return null;
    const scores = (parts: readonly DriftPart[]) => parts.map(({ values }) => values.score);
    return populationStability(scores(this.#reference), scores(recent));
  }
}

/** The newest, those with a picture first. */
function shown(parts: readonly DriftPart[]): DriftExample[] {
  const newest = parts.toReversed();
  return [...newest.filter(({ imageKept }) => imageKept), ...newest.filter(({ imageKept }) => !imageKept)]
    .slice(0, examples)
    .map(({ inspectionId: id, timeMs, imageKept }) => ({ id, timeMs, imageKept }));
}
