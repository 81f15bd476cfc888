import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { mmdTest, mmdUpTo } from '../../../../../native-models/statistics/drift/mmd.ts';

const random = seededRandom(6);
const rows = (n: number, of: () => number[]) => Array.from({ length: n }, of);
const independent = () => [random.normal(), random.normal()];
/** The same marginals, but the features hang together. */
const together = () => {
  const common = random.normal();
  return [common, 0.9 * common + Math.sqrt(1 - 0.81) * random.normal()];
};

describe('mmdTest', () => {
  it('rejects without drift in at most alpha of the cases', () => {
    let rejected = 0;
    const runs = 300;
    for (let run = 0; run < runs; run++) {
      const { p } = mmdTest(rows(20, independent), rows(20, independent), { random, permutations: 99 });
      if (p <= 0.05) rejected += 1;
    }
    expect(rejected / runs).toBeLessThan(0.085);
  });

  it('finds features that begin to hang together, which no feature by itself shows', () => {
    const { p } = mmdTest(rows(100, independent), rows(100, together), { random });
    expect(p).toBeLessThan(0.01);
  });

  it('repeats with the seed', () => {
    const [a, b] = [rows(20, independent), rows(20, together)];
    const once = mmdTest(a, b, { random: seededRandom(1) });
    expect(mmdTest(a, b, { random: seededRandom(1) })).toEqual(once);
  });

  it('says no drift of samples that do not vary at all', () => {
    const same = rows(10, () => [1, 1]);
    expect(mmdTest(same, same, { random }).p).toBe(1);
  });

  it('refuses more parts than it can pair, and single ones', () => {
    expect(() => mmdTest(rows(mmdUpTo + 1, independent), rows(20, independent), { random })).toThrow(
      /201 parts/,
    );
    expect(() => mmdTest(rows(1, independent), rows(20, independent), { random })).toThrow(/1 parts/);
  });

  it('stops where enough orders were as large, with a p that is as often small as it should be', () => {
    const random = seededRandom(8);
    const vectors = () => Array.from({ length: 12 }, () => [random.normal(), random.normal()]);
    const runs = 300;
    const small = Array.from({ length: runs }, () =>
      mmdTest(vectors(), vectors(), { random, permutations: 199, enough: 10 }),
    ).filter(({ p }) => p <= 0.1).length;
    expect(small / runs).toBeGreaterThan(0.05);
    expect(small / runs).toBeLessThan(0.15);
    const apart = { random, permutations: 199, enough: 10 };
    expect(
      mmdTest(
        vectors(),
        vectors().map(([x, y]) => [x! + 5, y!]),
        apart,
      ).p,
    ).toBe(1 / 200);
  });
});
