import type { Thresholds } from '../detectors/card.ts';
import { isCritical, rounding } from './ceilings.ts';
import type { Scored } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { meanOfTypes, type EscapeRates } from './escapeRates.ts';
import { goodLabel } from './evaluateDetector.ts';
import { stopsPerPart } from './lineStops.ts';

/** One place for a threshold: between two neighbouring scores, below all, or above all. */
interface Candidate {
  readonly threshold: number;
  /** Distance of the scores it lies between; 0 at the ends. */
  readonly gap: number;
}

/** What putting one of the two thresholds on a candidate does. */
interface Choice {
  /** Rates beyond the ceilings, added up. */
  readonly excess: number;
  /** Per 1,000 parts, against a line that sends everything to review. */
  readonly cost: number;
  readonly gap: number;
}

/**
 * The thresholds that break the ceilings least and, among those, cost least; among equals those in the widest
 * gap between scores. Cost and excess are each a sum of one term that depends on the NG threshold (false
 * alarms, line stops) and one that depends on the review threshold (escapes, reviews, recall), so one sweep over the
 * scores of all conditions finds the best pair: O(n log n) for n scores in all.
 * @param review whether the two thresholds may differ
 * @param escapes that must not be exceeded, a ceiling like those of the costs; null = no such
 */
export function cheapestThresholds(
  scored: Scored,
  costs: CostModel,
  review: boolean,
  escapes: EscapeRates | null,
): Thresholds {
  const { candidates, ng, review: lower } = sweep(scored, costs, escapes);
  let best: { review: number; ng: number; choice: Choice } | null = null;
  let bestLower = 0;
  candidates.forEach((_, at) => {
    if (!review || isBetter(lower[at]!, lower[bestLower]!)) bestLower = at;
    const [one, other] = [ng[at]!, lower[bestLower]!];
    const choice = {
      excess: one.excess + other.excess,
      cost: one.cost + other.cost,
      gap: Math.min(one.gap, other.gap),
    };
    if (best === null || isBetter(choice, best.choice)) best = { review: bestLower, ng: at, choice };
  });
  const { review: low, ng: high } = best!;
  return { review: candidates[low]!.threshold, ng: candidates[high]!.threshold };
}

function isBetter(one: Choice, other: Choice): boolean {
  if (Math.abs(one.excess - other.excess) > rounding) return one.excess < other.excess;
  const equal = rounding * (1 + Math.abs(one.cost) + Math.abs(other.cost));
  if (Math.abs(one.cost - other.cost) > equal) return one.cost < other.cost;
  return one.gap > other.gap;
}

/** One score of one part under one condition. */
interface Entry {
  readonly score: number;
  readonly condition: number;
  readonly stratum: number;
  /** Share of the stratum's parts, over all conditions, that it stands for. */
  readonly portion: number;
}

function sweep({ strata, conditions, weights }: Scored, costs: CostModel, escapes: EscapeRates | null) {
  const entries: Entry[] = [];
  for (const [c, { weight, scores }] of conditions.entries()) {
    for (const [s, { units }] of strata.entries()) {
      const parts = units.flat();
      const all = parts.reduce((sum, part) => sum + weights[part]!, 0);
      for (const part of parts) {
        const score = scores[part]!;
        const portion = (weight * weights[part]!) / all;
        if (!Number.isNaN(score)) entries.push({ score, condition: c, stratum: s, portion });
      }
    }
  }
  entries.sort((a, b) => a.score - b.score);

  const bill = billOf(strata, conditions, costs, escapes);
  bill.begin(entries);
  const candidates = candidatesOf(entries);
  const ng: Choice[] = [];
  const review: Choice[] = [];
  let next = 0;
  for (const { threshold, gap } of candidates) {
    for (; next < entries.length && entries[next]!.score < threshold; next++) bill.below(entries[next]!);
    ng.push({ ...bill.ng(), gap });
    review.push({ ...bill.review(), gap });
  }
  return { candidates, ng, review };
}

function candidatesOf(entries: readonly Entry[]): Candidate[] {
  const scores = entries.map(({ score }) => score);
  if (scores.length === 0) return [{ threshold: 0, gap: 0 }];
  const [lowest, highest] = [scores[0]!, scores.at(-1)!];
  const beyond = (highest - lowest) / scores.length || 1;
  const candidates: Candidate[] = [{ threshold: lowest - beyond, gap: 0 }];
  for (let i = 1; i < scores.length; i++) {
    const [low, high] = [scores[i - 1]!, scores[i]!];
    const middle = low + (high - low) / 2;
    // Between neighbours of floating point there is nothing; the upper one is what it does not lie below.
    if (high > low) candidates.push({ threshold: middle > low ? middle : high, gap: high - low });
  }
  return [...candidates, { threshold: highest + beyond, gap: 0 }];
}

/** The running account of one threshold that moves up over the scores. */
function billOf(
  strata: Scored['strata'],
  conditions: Scored['conditions'],
  costs: CostModel,
  escapes: EscapeRates | null,
) {
  const { falseAlarmRate, recall } = costs.ceilings;
  const { lineStop } = costs;
  const isGood = strata.map(({ label }) => label === goodLabel);
  /** Of each stratum: parts not above the threshold, hence OK when it is the one of review. */
  const passed = new Float64Array(strata.length);
  const ngRate = new Float64Array(conditions.length);
  const stopCost = new Float64Array(conditions.length);
  let [rejected, ngCost, okCost, stops] = [0, 0, 0, 0];

  const move = ({ condition, stratum, portion }: Entry, up: 1 | -1) => {
    const { share } = strata[stratum]!;
    const perThousand = 1000 * share * portion * up;
    ngCost += perThousand * ((isGood[stratum] ? costs.falseAlarm : 0) - costs.review);
    if (isGood[stratum]) rejected += portion * up;
    const { weight } = conditions[condition]!;
    ngRate[condition]! += (share * portion * up) / weight;
  };
  const stopAgain = (condition: number) => {
    if (!lineStop) return;
    const { weight } = conditions[condition]!;
    const cost = 1000 * weight * lineStop.cost * stopsPerPart(ngRate[condition]!, lineStop);
    stops += cost - stopCost[condition]!;
    stopCost[condition] = cost;
  };
  return {
    /** The threshold lies below all entries. */
    begin: (entries: readonly Entry[]) => {
      for (const entry of entries) move(entry, 1);
      conditions.forEach((_, condition) => stopAgain(condition));
    },
    /** The threshold has moved up over the entry. */
    below: (entry: Entry) => {
      move(entry, -1);
      stopAgain(entry.condition);
      const { share, escapeCost } = strata[entry.stratum]!;
      okCost += 1000 * share * entry.portion * (escapeCost - costs.review);
      passed[entry.stratum]! += entry.portion;
    },
    ng: () => ({ cost: ngCost + stops, excess: Math.max(0, rejected - (falseAlarmRate ?? 1)) }),
    review: () => {
      const critical = strata.map(({ label }, s) =>
        isCritical(label, costs.ceilings)
          ? passed[s]! - Math.min(recall === null ? 1 : 1 - recall, escapes?.byType[label] ?? 1)
          : 0,
      );
      const most = escapes?.all ?? 1;
      const all = most < 1 ? meanOfTypes({ strata }, [...passed].slice(isGood[0] ? 1 : 0)) : null;
      return { cost: okCost, excess: Math.max(0, ...critical, (all ?? 0) - most) };
    },
  };
}
