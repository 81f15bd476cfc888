import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { shuffle, stratifiedSplit } from '../../../../native-models/training/split.ts';

const sample = fc.record({
  label: fc.constantFrom('a', 'b', 'c'),
  group: fc.option(fc.constantFrom('g1', 'g2', 'g3'), { nil: null }),
});

describe('stratifiedSplit', () => {
  it('gives each class its share', () => {
    const samples = ['a', 'b'].flatMap((label) =>
      Array.from({ length: label === 'a' ? 300 : 10 }, (_, id) => ({ label, group: null, id })),
    );
    const [first, second] = stratifiedSplit(samples, 0.3, seededRandom(4));
    const count = (side: typeof samples, label: string) => side.filter((one) => one.label === label).length;
    expect([count(first, 'a'), count(second, 'a')]).toEqual([210, 90]);
    expect([count(first, 'b'), count(second, 'b')]).toEqual([7, 3]);
  });

  it('deals every sample once, in order, and never parts a group', () => {
    fc.assert(
      fc.property(
        fc.array(sample),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.nat(),
        (some, share, seed) => {
          const samples = some.map((one, id) => ({ ...one, id }));
          const [first, second] = stratifiedSplit(samples, share, seededRandom(seed));
          expect([...first, ...second].map(({ id }) => id).sort((a, b) => a - b)).toEqual(
            samples.map(({ id }) => id),
          );
          const groups = (side: typeof samples) => new Set(side.flatMap(({ group }) => group ?? []));
          expect([...groups(first)].filter((group) => groups(second).has(group))).toEqual([]);
        },
      ),
      { seed: 1 },
    );
  });

  it('depends on the seed and nothing else', () => {
    const samples = Array.from({ length: 40 }, (_, id) => ({ label: 'a', group: null, id }));
    const split = (seed: number) => stratifiedSplit(samples, 0.5, seededRandom(seed))[1].map(({ id }) => id);
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
  });
});

describe('shuffle', () => {
  it('keeps every item and puts each in each place equally often', () => {
    const random = seededRandom(7);
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let i = 0; i < 4000; i++) {
      const shuffled = shuffle([0, 1, 2, 3], random);
      expect([...shuffled].sort()).toEqual([0, 1, 2, 3]);
      shuffled.forEach((item, place) => (counts[item]![place]! += 1));
    }
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
