import { ModelError } from '../errors.ts';
import type { SampleSource } from './sampleSource.ts';

/** Samples with their classes. */
export interface LabelledSet {
  readonly source: SampleSource;
  /** Class of each sample, 0..classes−1. */
  readonly labels: readonly number[];
  /** What each sample counts in the loss, above 0; null = all the same. */
  readonly weights: readonly number[] | null;
  /** Name of a sample in messages. */
  readonly nameOf: (index: number) => string;
}

/**
 * Checks that a classifier can be trained on a set.
 * @param labels name of each class
 * @throws ModelError `labelOutOfRange` naming the sample, `classEmpty` for a class without samples, `oneClass` where there is nothing to tell apart
 */
export function checkTrainable(
  { labels, nameOf }: Pick<LabelledSet, 'labels' | 'nameOf'>,
  classes: readonly string[],
): void {
  const counts = new Array<number>(classes.length).fill(0);
  labels.forEach((label, index) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
      throw new ModelError('labelOutOfRange', { name: nameOf(index), label, classes: classes.length });
    }
    counts[label]! += 1;
  });
  if (classes.length < 2) throw new ModelError('oneClass', { label: classes[0] ?? '' });
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new ModelError('classEmpty', { label: classes[empty]! });
}
