import { verdictOf, type Limits } from '../detectors/verdict.ts';
import { bootstrapInterval, type Resampling } from './bootstrap.ts';
import { claimsOf, type Claim } from './claims.ts';
import { scoredParts, type Condition, type Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { goodLabel } from './evaluateDetector.ts';
import { stopsPerPart } from './lineStops.ts';
import { smeared } from './smearedScores.ts';

/** Amounts in the model's currency per 1,000 parts of the line. */
export interface CostItems {
  readonly falseAlarms: number;
  readonly escapes: number;
  readonly reviews: number;
  readonly lineStops: number;
}

/** What one condition would cost if the line saw nothing else. */
export interface ConditionCost {
  readonly name: string;
  /** Share of the mix, 0..1. */
  readonly weight: number;
  /** Per 1,000 parts; the sum of the items. */
  readonly value: number;
  readonly items: CostItems;
  /** Good parts called NG, 0..1; null without good parts. */
  readonly falseAlarmRate: number | null;
  /** Defective parts called OK, in the line's mix of types, 0..1; null without defective parts. */
  readonly escapeRate: number | null;
  /** Of all parts of the line, 0..1. */
  readonly reviewRate: number;
  /** Stops per 1,000 parts. */
  readonly lineStops: number;
}

export interface ExpectedCost extends Omit<ConditionCost, 'name' | 'weight'> {
  /** 95 %, from parts drawn anew; null when no resampling was asked for. */
  readonly interval: [number, number] | null;
  readonly byCondition: readonly ConditionCost[];
  /** What the parts at hand cannot show; the interval does not cover it. */
  readonly claims: readonly Claim[];
}

/**
 * Expected cost per 1,000 parts of the line: the sum over the conditions of the site's mix, clean, disturbed or
 * attacked, each by its weight. The rates of error come from the scored parts, one kind of part at a time, and
 * how often each kind comes from the stated defect rate (see `scoredParts`). A condition is taken to last much
 * longer than the window of the line-stop rule, so that each has stops of its own.
 * @throws RangeError as `scoredParts`
 */
export function expectedCost(
  conditions: readonly Condition[],
  thresholds: Limits,
  costs: CostModel,
  resampling?: Resampling,
): ExpectedCost {
  const scored = scoredParts(conditions, costs);
  const verdicts = verdictsOf(scored, thresholds);
  const byCondition = costsOf(scored, verdicts, costs, new Float64Array(scored.parts).fill(1));
  const mixed = <Figure extends number | null>(pick: (cost: ConditionCost) => Figure) =>
    byCondition.reduce<number | null>((sum, cost) => {
      const figure = pick(cost);
      return sum === null || figure === null ? null : sum + cost.weight * figure;
    }, 0) as Figure;
  return {
    value: mixed(({ value }) => value),
    interval: resampling
      ? bootstrapInterval(
          scored.strata,
          scored.parts,
          (drawn) => totalOf(costsOf(scored, verdicts, costs, drawn)),
          resampling,
        )
      : null,
    items: {
      falseAlarms: mixed(({ items }) => items.falseAlarms),
      escapes: mixed(({ items }) => items.escapes),
      reviews: mixed(({ items }) => items.reviews),
      lineStops: mixed(({ items }) => items.lineStops),
    },
    falseAlarmRate: mixed(({ falseAlarmRate }) => falseAlarmRate),
    escapeRate: mixed(({ escapeRate }) => escapeRate),
    reviewRate: mixed(({ reviewRate }) => reviewRate),
    lineStops: mixed(({ lineStops }) => lineStops),
    byCondition,
    claims: claimsOf(scored, thresholds, costs),
  };
}

/**
 * The value of `expectedCost` for rates of error that are smoothed, see `smeared`. Of a few parts one that lies just on
 * the other side of a threshold decides which of two detectors seems cheaper; here it counts by how near it lies.
 * @throws RangeError as `scoredParts`
 */
export function smoothedCost(conditions: readonly Condition[], thresholds: Limits, costs: CostModel): number {
  const scored = smeared(scoredParts(conditions, costs));
  const each = new Float64Array(scored.parts).fill(1);
  return totalOf(costsOf(scored, verdictsOf(scored, thresholds), costs, each));
}

/** A detector's scores and the thresholds it would run at. */
export interface Operating {
  readonly conditions: readonly Condition[];
  readonly thresholds: Limits;
}

export interface CostComparison {
  /** Cost of the second minus cost of the first, per 1,000 parts: negative = the second is cheaper. */
  readonly difference: number;
  /** 95 %; the second is cheaper beyond chance when it lies below 0. */
  readonly interval: [number, number];
}

/**
 * Compares two detectors on the same parts: both are billed for the same parts drawn anew, so that what is hard
 * about a part cancels out.
 * @throws RangeError as `scoredParts`, and when they judged different parts
 */
export function compareCosts(
  first: Operating,
  second: Operating,
  costs: CostModel,
  resampling: Resampling,
): CostComparison {
  const [one, two] = [billed(first, costs), billed(second, costs)];
  const labels = ({ conditions }: Operating) => conditions[0]!.scores.map(({ label }) => label).join('\n');
  if (labels(first) !== labels(second)) throw new RangeError('the detectors judged different parts');
  const difference = (drawn: Float64Array) =>
    totalOf(costsOf(two.scored, two.verdicts, costs, drawn)) -
    totalOf(costsOf(one.scored, one.verdicts, costs, drawn));
  const { strata, parts } = one.scored;
  return {
    difference: difference(new Float64Array(parts).fill(1)),
    interval: bootstrapInterval(strata, parts, difference, resampling),
  };
}

function billed({ conditions, thresholds }: Operating, costs: CostModel) {
  const scored = scoredParts(conditions, costs);
  return { scored, verdicts: verdictsOf(scored, thresholds) };
}

const [ok, ng, review] = [0, 1, 2] as const;
const codes = { OK: ok, NG: ng, REVIEW: review };

/** One verdict per part for each condition; a part that could not be judged is a review. */
function verdictsOf({ conditions }: Scored, limits: Limits): Uint8Array[] {
  return conditions.map(({ scores, types }) =>
    Uint8Array.from(scores, (score, part) => codes[verdictOf(score, limits, types[part])]),
  );
}

function totalOf(costs: readonly ConditionCost[]): number {
  return costs.reduce((sum, { weight, value }) => sum + weight * value, 0);
}

/** @param drawn how often each part counts, float64 [parts] */
function costsOf(
  { strata, conditions, weights }: Scored,
  verdicts: readonly Uint8Array[],
  costs: CostModel,
  drawn: Float64Array,
): ConditionCost[] {
  return conditions.map(({ name, weight }, condition) => {
    const shares = strata.map(({ units }) => verdictShares(units, verdicts[condition]!, drawn, weights));
    return { name, weight, ...costOfShares(strata, shares, costs) };
  });
}

/** Shares of OK, NG and review among the parts of one kind, 0..1. */
export type VerdictShares = readonly [ok: number, ng: number, review: number];

/** What a line pays for the verdicts that its kinds of parts get. @param shares one for each stratum */
export function costOfShares(
  strata: Scored['strata'],
  shares: readonly VerdictShares[],
  costs: CostModel,
): Omit<ConditionCost, 'name' | 'weight'> {
  const ofLine = (verdict: 0 | 1 | 2) =>
    strata.reduce((sum, { share }, s) => sum + share * shares[s]![verdict], 0);
  const goodAt = strata.findIndex(({ label }) => label === goodLabel);
  const falseAlarms = goodAt < 0 ? null : shares[goodAt]![ng]!;
  const defective = strata.flatMap(({ label, share, escapeCost }, s) =>
    label === goodLabel ? [] : [{ share, escapeCost, escaped: shares[s]![ok]! }],
  );
  const defectShare = defective.reduce((sum, { share }) => sum + share, 0);
  const escaped = defective.reduce((sum, { share, escaped: rate }) => sum + share * rate, 0);
  const { lineStop } = costs;
  const lineStops = lineStop ? 1000 * stopsPerPart(ofLine(ng), lineStop) : 0;
  const items = {
    falseAlarms: goodAt < 0 ? 0 : 1000 * strata[goodAt]!.share * shares[goodAt]![ng]! * costs.falseAlarm,
    escapes: defective.reduce((sum, type) => sum + 1000 * type.share * type.escaped * type.escapeCost, 0),
    reviews: 1000 * ofLine(review) * costs.review,
    lineStops: lineStops * (lineStop?.cost ?? 0),
  };
  return {
    value: items.falseAlarms + items.escapes + items.reviews + items.lineStops,
    items,
    falseAlarmRate: falseAlarms,
    escapeRate: defectShare > 0 ? escaped / defectShare : null,
    reviewRate: ofLine(review),
    lineStops,
  };
}

/** Shares of OK, NG and review among the drawn parts of one stratum. */
function verdictShares(
  units: readonly (readonly number[])[],
  verdicts: Uint8Array,
  drawn: Float64Array,
  weights: Float64Array,
): VerdictShares {
  const counts: [number, number, number] = [0, 0, 0];
  for (const unit of units) {
    for (const part of unit) counts[verdicts[part] as 0 | 1 | 2] += drawn[part]! * weights[part]!;
  }
  const total = counts[ok] + counts[ng] + counts[review];
  return [counts[0] / total, counts[1] / total, counts[2] / total];
}
