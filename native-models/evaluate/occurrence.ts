import type { CostModel } from './costs.ts';
import { goodLabel } from './evaluateDetector.ts';

/** What a kind of part is on the line. */
export interface Occurrence {
  /** Of the line's parts, 0..1. */
  readonly share: number;
  /** Mean cost of one such part called OK; 0 for good ones. */
  readonly escapeCost: number;
}

/**
 * How often each kind of part at hand comes on the line. A set of images is not the line: defects are collected for it,
 * so that only the stated rates tell how often they come. Types of defect with a stated rate and no part of their own
 * are taken to behave as all parts with a defect together, at their own cost; types of no stated rate do not come where
 * rates are stated by type.
 * @param labels `ok` or the type of defect, one for each part
 * @param standIns labels of parts that stand for a defect of any type, in the line's mix
 */
export function occurrences(
  labels: readonly string[],
  costs: CostModel,
  standIns: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, Occurrence> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const { defectRate, defectRateByType } = costs;
  const defects = labels.length - (counts.get(goodLabel) ?? 0);
  const escapeCost = (type: string) => costs.escapeByType[type] ?? costs.escape;
  const of = (type: string, count: number): Occurrence => {
    if (type === goodLabel) return { share: 1 - defectRate, escapeCost: 0 };
    if (defectRateByType === null) {
      return { share: (defectRate * count) / defects, escapeCost: escapeCost(type) };
    }
    const types = [...counts].filter(([label]) => label !== goodLabel && !standIns.has(label));
    const known = types.reduce((sum, [, each]) => sum + each, 0);
    const scale = standIns.has(type) ? count / defects : known / defects;
    const represented = Object.entries(defectRateByType).flatMap(([stated, rate]) => {
      if (standIns.has(type) || stated === type) return [[stated, rate] as const];
      return counts.has(stated) ? [] : [[stated, (rate * count) / known] as const];
    });
    const share = represented.reduce((sum, [, rate]) => sum + rate, 0);
    const cost = represented.reduce((sum, [stated, rate]) => sum + rate * escapeCost(stated), 0);
    return { share: scale * share, escapeCost: share > 0 ? cost / share : escapeCost(type) };
  };
  return new Map([...counts].map(([label, count]) => [label, of(label, count)]));
}
