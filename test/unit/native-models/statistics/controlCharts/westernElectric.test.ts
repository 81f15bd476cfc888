import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import {
  westernElectric,
  type RuleNumber,
} from '../../../../../native-models/statistics/controlCharts/westernElectric.ts';

describe('the Western Electric rules', () => {
  it.each<[string, number[], RuleNumber[]]>([
    ['one point beyond 3σ', [0, 3.1], [1]],
    ['one below −3σ', [0, -3.1], [1]],
    ['two of three beyond 2σ on one side', [2.1, 0, 2.1], [2]],
    ['two of three beyond 2σ on different sides', [2.1, 0, -2.1], []],
    ['two of four beyond 2σ', [2.1, 0, 0, 2.1], []],
    ['four of five beyond 1σ', [1.1, 1.2, 0, 1.1, 1.3], [3]],
    ['three of five beyond 1σ', [1.1, 0, 0, 1.1, 1.3], []],
    ['eight in a row above the centre', [0.1, 0.2, 0.1, 0.3, 0.1, 0.2, 0.1, 0.2], [4]],
    ['eight with one on the centre', [0.1, 0.2, 0.1, 0, 0.1, 0.2, 0.1, 0.2], []],
    ['a point that completes two rules', [2.5, 0, 3.5], [1, 2]],
  ])('%s', (_, z, expected) => {
    expect(westernElectric(z).at(-1)).toEqual(expected);
  });

  it('does not name a point back at the centre for those before it', () => {
    expect(westernElectric([2.1, 2.1, 0])).toEqual([[], [2], []]);
  });

  it('passes over subgroups without parts', () => {
    expect(westernElectric([2.1, null, 2.1])).toEqual([[], [], [2]]);
  });

  it('uses only the rules it is told to', () => {
    expect(westernElectric([2.5, 0, 3.5], [2])).toEqual([[], [], [2]]);
  });

  it('calls a process in control every 91.75 points with all four rules (Champ & Woodall 1987)', () => {
    expect(meanRunLength([1, 2, 3, 4], 4000, 800)).toBeCloseTo(91.75, -1);
  });

  it('calls it every 370.4 points with rule 1 alone', () => {
    const mean = meanRunLength([1], 2500, 3000);
    expect(mean).toBeGreaterThan(345);
    expect(mean).toBeLessThan(395);
  });
});

/** @param longest points of one run, beyond which hardly any goes */
function meanRunLength(rules: RuleNumber[], runs: number, longest: number): number {
  const random = seededRandom(11);
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    const z = Array.from({ length: longest }, () => random.normal());
    const first = westernElectric(z, rules).findIndex((broken) => broken.length > 0);
    sum += first < 0 ? longest : first + 1;
  }
  return sum / runs;
}
