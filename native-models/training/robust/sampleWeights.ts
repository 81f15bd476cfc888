import type { CostModel } from '../../evaluate/costs.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';

/** A class may count so many times more, or less, than the average sample. */
const mostWeight = 5;

/**
 * What each sample counts in the loss: what errors on its kind cost the plant, times how often that kind comes, shared
 * by the samples of that kind (method.md, section 4). Brought to a mean of 1 and bounded, since a training that sees
 * little but one class forgets the others.
 * @param labels `ok` or the type of defect
 */
export function costWeights(labels: readonly string[], costs: CostModel): number[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (!counts.has(goodLabel) || counts.size < 2) return labels.map(() => 1);
  const defects = labels.length - counts.get(goodLabel)!;
  const rateOf = (label: string) =>
    label === goodLabel
      ? 1 - costs.defectRate
      : (costs.defectRateByType?.[label] ?? (costs.defectRate * counts.get(label)!) / defects);
  const costOf = (label: string) =>
    label === goodLabel ? costs.falseAlarm : (costs.escapeByType[label] ?? costs.escape);
  const raw = labels.map((label) => (rateOf(label) * costOf(label)) / counts.get(label)!);
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  if (!(mean > 0)) return labels.map(() => 1);
  const bounded = raw.map((weight) => Math.min(mostWeight, Math.max(1 / mostWeight, weight / mean)));
  const total = bounded.reduce((sum, weight) => sum + weight, 0);
  return bounded.map((weight) => (weight * bounded.length) / total);
}
