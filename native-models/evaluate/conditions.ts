import { goodLabel } from './evaluateDetector.ts';
import type { CostModel } from './costs.ts';
import { occurrences } from './occurrence.ts';

/** One part as a detector saw it under one condition. */
export interface ScoredPart {
  /** `ok` or the type of defect. */
  readonly label: string;
  /** Higher is more anomalous; null when the part could not be judged, which makes it a review. */
  readonly score: number | null;
  /** Defect type that it looks most like, whose thresholds it is judged by; absent or null = the model names none. */
  readonly type?: string | null;
  /** Parts of one group (a lot, a moment) are not independent of each other; null = stands for itself. */
  readonly group?: string | null;
  /** How many parts of the line it stands for, above 0, where parts were not drawn alike; absent = 1. */
  readonly weight?: number;
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
  /** How many parts each one stands for, float64 [parts]; only what they are to each other within a stratum counts. */
  readonly weights: Float64Array;
  readonly conditions: readonly {
    readonly name: string;
    /** All add up to 1. */
    readonly weight: number;
    /** float64 [parts]; NaN = not judged. */
    readonly scores: Float64Array;
    /** Of each part. */
    readonly types: readonly (string | null)[];
  }[];
}

/**
 * Brings scored parts to the line's own mix: they tell how often a detector errs on each kind of part, and the stated
 * rates how often that kind comes (see `occurrences`).
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
    weights: Float64Array.from(first, ({ weight }) => weight ?? 1),
    conditions: conditions
      .filter(({ weight }) => weight > 0)
      .map(({ name, weight, scores }) => ({
        name,
        weight: weight / total,
        scores: Float64Array.from(scores, ({ score }) => score ?? NaN),
        types: scores.map(({ type = null }) => type),
      })),
  };
}

function strataOf(parts: readonly ScoredPart[], costs: CostModel): Stratum[] {
  const labels = [...new Set(parts.map(({ label }) => label))].sort();
  const goodFirst = labels.sort((a, b) => Number(b === goodLabel) - Number(a === goodLabel));
  const occurring = occurrences(
    parts.map(({ label }) => label),
    costs,
  );
  return goodFirst.map((label) => ({ label, ...occurring.get(label)!, units: unitsOf(parts, label) }));
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
