import { goodShare, upperQuantile, type ScoreQuantile } from '../detectors/thresholds.ts';
import type { Thresholds } from '../detectors/card.ts';
import { chooseTypeThresholds, type SeenPart } from '../detectors/typeThresholds.ts';
import type { Limits } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import type { Random } from '../random.ts';
import { shuffle } from '../training/split.ts';
import { excessOf, rounding, unmetCeilings, type UnmetCeiling } from './ceilings.ts';
import { scoredParts, type Condition, type Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { goodLabel } from './evaluateDetector.ts';
import { escapeRates, type EscapeRates } from './escapeRates.ts';
import { expectedCost, type ExpectedCost } from './expectedCost.ts';
import { smeared } from './smearedScores.ts';
import { cheapestThresholds } from './thresholdSweep.ts';

export interface ThresholdOptions {
  /** Draws the condition each part is seen under where one kind of part is missing. */
  readonly random: Random;
  /** Choose a band of review below NG too; otherwise both thresholds are the same and nothing is a review. */
  readonly review: boolean;
  /** There are few parts: their rates of error are smoothed, and the thresholds are never higher for it. */
  readonly areFew?: boolean;
  /** Of the model in use, on the same parts: a ceiling like those of the costs. Absent = none is in use. */
  readonly escapes?: EscapeRates | null;
  /** Defect types that may have thresholds of their own; absent = none. */
  readonly types?: readonly string[];
}

export interface ChosenThresholds {
  readonly thresholds: Limits;
  /**
   * `cost`: they minimise the expected cost. `goodParts`: there were no defective parts; they are an upper quantile of
   * good parts' scores. `defects`: there were no good parts; they are a lower quantile of defective parts' scores.
   */
  readonly basis: 'cost' | 'goodParts' | 'defects';
  /** The quantile with its 95 % confidence interval; null where the basis is the cost. */
  readonly quantile: ScoreQuantile | null;
  /** The ceilings that these thresholds break. With `cost`: none keep them all, and these break them least. */
  readonly unmet: readonly UnmetCeiling[];
  /** What passes at these thresholds. */
  readonly escapes: EscapeRates;
  /** On the parts they were chosen on, hence a little flattering; the claims say what is not known. */
  readonly cost: ExpectedCost;
}

/**
 * The thresholds of lowest expected cost under the site's mix that keep the ceilings on false alarms and recall,
 * from the scores of the calibration split. Where none keep them, those that break them least, in the sum of rates.
 * Without defective parts, which is usual on a line, the cost cannot tell where to stop: the thresholds are then
 * those of `thresholdsFromGood` for the share of good parts that the ceiling on false alarms leaves (99 % without
 * a ceiling); without good parts the same is done from the other side, for the share that the ceiling on recall asks.
 * Where both kinds are there but few, thresholds go down to where smoothed rates of error cost least, see `smeared`, as
 * far as no ceiling is broken by more for it. Types of defect get thresholds of their own where these cost less on parts they were not
 * chosen by, unless a ceiling would be broken by more.
 * @throws RangeError as `scoredParts`; ModelError `tooFewImages` with one kind of part and fewer than 2 of it judged
 */
export function chooseThresholds(
  conditions: readonly Condition[],
  costs: CostModel,
  { random, review, areFew = false, escapes = null, types = [] }: ThresholdOptions,
): ChosenThresholds {
  const scored = scoredParts(conditions, costs);
  const good = scored.strata.some(({ label }) => label === goodLabel);
  const defective = scored.strata.some(({ label }) => label !== goodLabel);
  const finish = (
    thresholds: Limits,
    basis: ChosenThresholds['basis'],
    quantile: ScoreQuantile | null,
  ): ChosenThresholds => ({
    ...{ thresholds, basis, quantile },
    unmet: unmetCeilings(scored, thresholds, costs, { escapes }),
    escapes: escapeRates(scored, thresholds),
    cost: expectedCost(conditions, thresholds, costs),
  });
  if (good && defective) {
    const exact = cheapestThresholds(scored, costs, review, escapes);
    const common = areFew ? lowered(exact, scored, costs, { review, escapes }) : exact;
    return finish(withTypes(conditions, scored, costs, { common, types, escapes }), 'cost', null);
  }
  const { falseAlarmRate, recall } = costs.ceilings;
  if (good) {
    const quantile = mixQuantile(scored, 1 - (falseAlarmRate ?? 1 - goodShare), random);
    const { value, interval } = quantile;
    return finish({ review: value, ng: review ? interval[1] : value }, 'goodParts', quantile);
  }
  const mirrored = mixQuantile(mirror(scored), recall ?? goodShare, random);
  const [low, high] = mirrored.interval;
  const quantile: ScoreQuantile = { value: -mirrored.value, interval: [-high, -low] };
  return finish({ review: review ? -high : quantile.value, ng: quantile.value }, 'defects', quantile);
}

/** Doubt about where rates lie between few parts is no reason to let parts pass. */
function lowered(
  exact: Thresholds,
  scored: Scored,
  costs: CostModel,
  { review, escapes }: { readonly review: boolean; readonly escapes: EscapeRates | null },
): Thresholds {
  const ceilings = { ...costs.ceilings, falseAlarmRate: null, recall: null };
  const smooth = cheapestThresholds(smeared(scored), { ...costs, ceilings }, review, null);
  const lower = { review: Math.min(exact.review, smooth.review), ng: Math.min(exact.ng, smooth.ng) };
  const excess = (own: Thresholds) => excessOf(unmetCeilings(scored, own, costs, { escapes }));
  return excess(lower) > excess(exact) + rounding ? exact : lower;
}

/** The thresholds of all, with those that single types of defect are better judged by. */
function withTypes(
  conditions: readonly Condition[],
  scored: Scored,
  costs: CostModel,
  by: {
    readonly common: Thresholds;
    readonly types: readonly string[];
    readonly escapes: EscapeRates | null;
  },
): Limits {
  const { common, types, escapes } = by;
  // Of a single type they would be those of all.
  if (types.length < 2) return common;
  const looks = conditions.flatMap(({ weight, scores }) =>
    scores.flatMap(({ label, type = null, score, weight: times = 1 }, part): SeenPart[] =>
      score === null || type === null ? [] : [{ label, type, score, part, weight: weight * times }],
    ),
  );
  const chosen = chooseTypeThresholds(looks, types, common, costs);
  const byType = Object.fromEntries(
    chosen.flatMap(({ type, thresholds }) => (thresholds ? [[type, thresholds]] : [])),
  );
  if (Object.keys(byType).length === 0) return common;
  const limits = { ...common, byType };
  const excess = (own: Limits) => excessOf(unmetCeilings(scored, own, costs, { escapes }));
  return excess(limits) > excess(common) + rounding ? common : limits;
}

/** So many draws does the median of the quantiles take the chance of a single one out of. */
const draws = 25;
/** Shares of none and of all have no quantile. */
const extremes = [0.0001, 0.9999] as const;

/**
 * Upper quantile of the scores that the line would see: each part under one condition, the conditions dealt in the
 * proportions of the mix (systematic sampling), so that the parts stay independent of each other.
 */
function mixQuantile(scored: Scored, share: number, random: Random): ScoreQuantile {
  const quantiles = Array.from({ length: draws }, () => {
    const scores = dealt(scored, random).filter((score) => !Number.isNaN(score));
    if (scores.length < 2) throw new ModelError('tooFewImages', { found: scores.length, needed: 2 });
    return upperQuantile(scores, Math.max(extremes[0], Math.min(share, extremes[1])));
  });
  const median = (pick: (quantile: ScoreQuantile) => number) =>
    quantiles.map(pick).sort((a, b) => a - b)[(draws - 1) / 2]!;
  return {
    value: median(({ value }) => value),
    interval: [median(({ interval }) => interval[0]), median(({ interval }) => interval[1])],
  };
}

function dealt({ parts, conditions }: Scored, random: Random): number[] {
  const order = shuffle(
    Array.from({ length: parts }, (_, part) => part),
    random,
  );
  const start = random.uniform();
  let condition = 0;
  let reached = conditions[0]!.weight;
  return order.map((part, turn) => {
    while ((turn + start) / parts > reached && condition + 1 < conditions.length) {
      reached += conditions[++condition]!.weight;
    }
    return conditions[condition]!.scores[part]!;
  });
}

function mirror(scored: Scored): Scored {
  const conditions = scored.conditions.map((condition) => ({
    ...condition,
    scores: condition.scores.map((score) => -score),
  }));
  return { ...scored, conditions };
}
