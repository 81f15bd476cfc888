import type { CostModel } from '../../evaluate/costs.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { occurrences } from '../../evaluate/occurrence.ts';
import { syntheticLabel } from './robustSource.ts';

/** A class may count so many times more, or less, than the average sample. */
const mostWeight = 5;

/**
 * What each sample counts in the loss: what errors on its kind cost the plant, times how often that kind comes, shared
 * by the samples of that kind (method.md, section 4); synthetic anomalies stand for defects of any type. Brought to a
 * mean of 1 and bounded, since a training that sees little but one class forgets the others.
 * @param labels `ok` or the type of defect
 */
export function costWeights(labels: readonly string[], costs: CostModel): number[] {
  if (!labels.includes(goodLabel) || new Set(labels).size < 2) return labels.map(() => 1);
  const occurring = occurrences(labels, costs, new Set([syntheticLabel]));
  const counts = Map.groupBy(labels, (label) => label);
  const raw = labels.map((label) => {
    const { share, escapeCost } = occurring.get(label)!;
    return (share * (label === goodLabel ? costs.falseAlarm : escapeCost)) / counts.get(label)!.length;
  });
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  if (!(mean > 0)) return labels.map(() => 1);
  const bounded = raw.map((weight) => Math.min(mostWeight, Math.max(1 / mostWeight, weight / mean)));
  const total = bounded.reduce((sum, weight) => sum + weight, 0);
  return bounded.map((weight) => (weight * bounded.length) / total);
}
