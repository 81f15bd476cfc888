import { goodLabel } from '../evaluate/evaluateDetector.ts';
import type { CostModel } from '../evaluate/costs.ts';
import { cheapestThresholds } from '../evaluate/thresholdSweep.ts';
import { scoredParts, type ScoredPart } from '../evaluate/conditions.ts';
import type { Thresholds } from './card.ts';

/** A look at a part that a classifier has not learned from, as it saw it. */
export interface SeenPart {
  /** `ok` or the defect type. */
  readonly label: string;
  /** Likeliest defect type, which decides whose thresholds it is judged by. */
  readonly type: string;
  readonly score: number;
  /** Share of the line's looks that this one stands for; absent = 1. */
  readonly weight?: number;
  /** Looks at the same part belong together, in whatever state it was seen; absent = it was seen once. */
  readonly part?: number;
}

/** How a defect type came to its thresholds. */
export interface TypeChoice {
  readonly type: string;
  /** Its own; null = those of the model. */
  readonly thresholds: Thresholds | null;
  /** `tooFewParts`: too few held-back parts look like it; `noGain`: on parts not chosen by, its own cost no less. */
  readonly reason: 'cheaper' | 'tooFewParts' | 'noGain';
  /** Held-back parts whose likeliest type it is, in some state. */
  readonly good: number;
  readonly defective: number;
}

/** Fewer parts of either kind than this say nothing about a type. */
export const fewestForType = 5;
const folds = 5;

/**
 * Thresholds of single defect types by expected cost. A part is judged by the thresholds of its likeliest type, so the
 * cost is a sum over types, and each term can be made small by itself: good and defective parts that look like the type
 * count as often as they come on the line. Its own thresholds are kept only where they also cost less than those of the
 * model on parts they were not chosen by (five folds); else the model's stand.
 * @param common those of the model
 */
export function chooseTypeThresholds(
  parts: readonly SeenPart[],
  types: readonly string[],
  common: Thresholds,
  costs: CostModel,
): TypeChoice[] {
  const isGood = ({ label }: SeenPart) => label === goodLabel;
  const line = {
    good: weigh(parts.filter(isGood)),
    defective: weigh(parts.filter((part) => !isGood(part))),
  };
  return types.map((type) => {
    const own = parts.filter((part) => part.type === type);
    const counts = {
      good: countParts(own.filter(isGood)),
      defective: countParts(own.filter((part) => !isGood(part))),
    };
    if (Math.min(counts.good, counts.defective) < fewestForType) {
      return { type, thresholds: null, reason: 'tooFewParts', ...counts };
    }
    const choose = (chosenBy: readonly SeenPart[]) => cheapest(chosenBy, line, costs);
    const foldOf = dealt(own);
    const tested = own.reduce((sum, part, at) => {
      const thresholds = choose(own.filter((_, other) => foldOf[other] !== foldOf[at]));
      return sum + costOf(part, thresholds, line, costs) - costOf(part, common, line, costs);
    }, 0);
    return tested < 0
      ? { type, thresholds: choose(own), reason: 'cheaper', ...counts }
      : { type, thresholds: null, reason: 'noGain', ...counts };
  });
}

interface Line {
  readonly good: number;
  readonly defective: number;
}

const weigh = (looks: readonly SeenPart[]) => looks.reduce((sum, { weight = 1 }) => sum + weight, 0);

function countParts(looks: readonly SeenPart[]): number {
  return new Set(looks.map(({ part }, at) => part ?? `look ${at}`)).size;
}

/** What one look at a held-back part stands for: its share of the line's parts. */
function shareOf({ label, weight = 1 }: SeenPart, line: Line, { defectRate }: CostModel): number {
  return weight * (label === goodLabel ? (1 - defectRate) / line.good : defectRate / line.defective);
}

function costOf(part: SeenPart, { review, ng }: Thresholds, line: Line, costs: CostModel): number {
  const share = shareOf(part, line, costs);
  if (part.score >= review && part.score < ng) return share * costs.review;
  if (part.label === goodLabel) return part.score >= ng ? share * costs.falseAlarm : 0;
  return part.score < review ? share * (costs.escapeByType[part.label] ?? costs.escape) : 0;
}

/** The thresholds of lowest cost for these parts, as often as they come on the line. */
function cheapest(parts: readonly SeenPart[], line: Line, costs: CostModel): Thresholds {
  const of = (isGood: boolean) =>
    parts
      .filter(({ label }) => (label === goodLabel) === isGood)
      .reduce((sum, part) => sum + shareOf(part, line, costs), 0);
  const own: CostModel = {
    ...costs,
    defectRate: of(false) / (of(true) + of(false)),
    defectRateByType: null,
    lineStop: null,
    ceilings: { ...costs.ceilings, falseAlarmRate: null, recall: null },
  };
  const scores = parts.map(({ label, score, weight = 1 }): ScoredPart => ({ label, score, weight }));
  const scored = scoredParts([{ name: 'clean', weight: 1, scores }], own);
  return cheapestThresholds(scored, own, costs.review < costs.falseAlarm, null);
}

/** Number of the fold of each look; good and defective parts are dealt by themselves, all looks at one together. */
function dealt(looks: readonly SeenPart[]): number[] {
  const turns = { good: new Map<number | string, number>(), defective: new Map<number | string, number>() };
  return looks.map(({ label, part }, at) => {
    const dealtOut = turns[label === goodLabel ? 'good' : 'defective'];
    const key = part ?? `look ${at}`;
    const turn = dealtOut.get(key) ?? dealtOut.size;
    dealtOut.set(key, turn);
    return turn % folds;
  });
}
