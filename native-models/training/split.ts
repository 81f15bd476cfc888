import type { Random } from '../random.ts';

export interface Splittable {
  readonly label: string;
  /** Images of one group stay on one side. */
  readonly group: string | null;
}

/**
 * Splits samples in two, each class by itself, so that both sides hold the same mix. Whole groups are dealt, in random
 * order; a group counts to the class of its first sample. Every class with at least two groups is on both sides.
 * @param share of each class that goes to the second side, 0..1
 */
export function stratifiedSplit<Sample extends Splittable>(
  samples: readonly Sample[],
  share: number,
  random: Random,
): [first: Sample[], second: Sample[]] {
  const groups = new Map<string, Sample[]>();
  samples.forEach((sample, index) => {
    const key = sample.group === null ? `sample ${index}` : `group ${sample.group}`;
    const group = groups.get(key);
    if (group) group.push(sample);
    else groups.set(key, [sample]);
  });
  const classes = new Map<string, Sample[][]>();
  for (const group of groups.values()) {
    const { label } = group[0]!;
    const own = classes.get(label);
    if (own) own.push(group);
    else classes.set(label, [group]);
  }

  const second = new Set<Sample>();
  for (const [label, own] of classes) {
    const total = own.reduce((sum, group) => sum + group.length, 0);
    const wanted = Math.round(total * share);
    let taken = 0;
    const dealt = shuffle(own, random.fork(label)).slice(0, own.length - 1);
    for (const group of dealt) {
      // At least one, and then as long as it brings the side closer to its share.
      const isCloser = Math.abs(taken + group.length - wanted) < Math.abs(taken - wanted);
      if (share === 0 || (taken > 0 && !isCloser)) continue;
      for (const sample of group) second.add(sample);
      taken += group.length;
    }
  }
  return [samples.filter((sample) => !second.has(sample)), samples.filter((sample) => second.has(sample))];
}

/** A shuffled copy (Fisher & Yates). */
export function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}
