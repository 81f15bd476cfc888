import type { Random } from '../random.ts';
import { shuffle } from '../training/split.ts';

/**
 * Deals parts to folds, each class by itself and whole groups together.
 * @returns fold of each part, 0..count−1
 */
export function dealFolds(
  labels: readonly string[],
  groups: readonly (string | null)[],
  count: number,
  random: Random,
): number[] {
  const folds = new Array<number>(labels.length).fill(0);
  const units = Map.groupBy(labels.keys(), (at) =>
    groups[at] === null ? `part ${at}` : `group ${groups[at]}`,
  );
  const byClass = Map.groupBy(units.values(), ([first]) => labels[first!]!);
  let next = 0;
  for (const [label, own] of byClass) {
    for (const unit of shuffle(own, random.fork(label))) {
      for (const at of unit) folds[at] = next % count;
      next += 1;
    }
  }
  return folds;
}
