import { goodLabel } from './evaluateDetector.ts';
import type { CostModel } from './costs.ts';

/** One part as a detector saw it under one condition. */
export interface ScoredPart {
  /** `ok` or the type of defect. */
  readonly label: string;
  /** Higher is more anomalous; null when the part could not be judged, which makes it a review. */
  readonly score: number | null;
  /** Parts of one group (a lot, a moment) are not independent of each other; null = stands for itself. */
  readonly group?: string | null;
}

/** What the line may do to a picture, how often, and what it does to the scores. */
export interface Condition {
  /** E.g. `clean`, `gaussian-noise/3`, `linf:2/255`. */
  readonly name: string;
  /** Share of the line's parts, ≥ 0; the weights of all conditions are brought to a sum of 1. */
  readonly weight: number;
  /** The same parts in the same order in every condition. */
  readonly scores: readonly ScoredPart[];
}

/** Parts of one label, and what they stand for on the line. */
export interface Stratum {
  readonly label: string;
  /** Share of the line's parts, 0..1. */
  readonly share: number;
  /** Of one such part called OK; 0 for good ones. */
  readonly escapeCost: number;
  /** Indices of its parts by group: what is drawn together when parts are drawn anew. */
  readonly units: readonly (readonly number[])[];
}

/** Scores in columns, with the shares of the line instead of those of the test set. */
export interface Scored {
  readonly parts: number;
  /** Good parts first; only labels that have parts. */
  readonly strata: readonly Stratum[];
  readonly conditions: readonly {
    readonly name: string;
    /** All add up to 1. */
    readonly weight: number;
    /** float64 [parts]; NaN = not judged. */
    readonly scores: Float64Array;
  }[];
}

/**
 * Brings scored parts to the line's own mix. A test set is not the line: defects are collected for it, so it
 * only tells how often a detector errs on each kind of part, and the stated defect rate tells how often that
 * kind comes. Types of defect with a stated rate and no part of their own are taken to behave as all tested
 * types together, at their own cost; types of no stated rate do not come where rates are stated by type.
 * @throws RangeError when there is no part, conditions hold different parts, or the weights have no sum
 */
export function scoredParts(conditions: readonly Condition[], costs: CostModel): Scored {
  const first = conditions[0]?.scores ?? [];
  const total = conditions.reduce((sum, { weight }) => sum + weight, 0);
  if (first.length === 0) throw new RangeError('no scored parts');
  if (!(total > 0) || conditions.some(({ weight }) => weight < 0))
    throw new RangeError('weights without sum');
  for (const { name, scores } of conditions) {
    if (scores.length !== first.length || scores.some(({ label }, i) => label !== first[i]!.label)) {
      throw new RangeError(`condition ${name} holds other parts than ${conditions[0]!.name}`);
    }
  }
  return {
    parts: first.length,
    strata: strataOf(first, costs),
    conditions: conditions
      .filter(({ weight }) => weight > 0)
      .map(({ name, weight, scores }) => ({
        name,
        weight: weight / total,
        scores: Float64Array.from(scores, ({ score }) => score ?? NaN),
      })),
  };
}

function strataOf(parts: readonly ScoredPart[], costs: CostModel): Stratum[] {
  const labels = [...new Set(parts.map(({ label }) => label))].sort();
  const units = new Map(labels.map((label) => [label, unitsOf(parts, label)]));
  const good = units.get(goodLabel);
  const types = labels.filter((label) => label !== goodLabel);
  const rates = ratesOf(parts, types, costs);
  return [
    ...(good ? [{ label: goodLabel, share: 1 - costs.defectRate, escapeCost: 0, units: good }] : []),
    ...types.map((label) => ({ label, ...rates(label), units: units.get(label)! })),
  ];
}

/** Share of the line's parts and mean cost of an escape for each tested type. */
function ratesOf(parts: readonly ScoredPart[], types: readonly string[], costs: CostModel) {
  const defects = parts.filter(({ label }) => label !== goodLabel);
  const escapeCost = (type: string) => costs.escapeByType[type] ?? costs.escape;
  const stated = Object.entries(costs.defectRateByType ?? {});
  const untested = stated.filter(([type]) => !types.includes(type));
  return (type: string) => {
    const portion = defects.filter(({ label }) => label === type).length / defects.length;
    if (costs.defectRateByType === null) {
      return { share: costs.defectRate * portion, escapeCost: escapeCost(type) };
    }
    const own = costs.defectRateByType[type] ?? 0;
    const others = untested.map(([other, rate]) => [rate * portion, escapeCost(other)] as const);
    const share = others.reduce((sum, [rate]) => sum + rate, own);
    const cost = others.reduce((sum, [rate, each]) => sum + rate * each, own * escapeCost(type));
    return { share, escapeCost: share > 0 ? cost / share : escapeCost(type) };
  };
}

function unitsOf(parts: readonly ScoredPart[], label: string): number[][] {
  const units = new Map<string | number, number[]>();
  parts.forEach((part, index) => {
    if (part.label !== label) return;
    const key = part.group ?? index;
    const unit = units.get(key);
    if (unit) unit.push(index);
    else units.set(key, [index]);
  });
  return [...units.values()];
}
