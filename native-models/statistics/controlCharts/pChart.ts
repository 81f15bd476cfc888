import {
  emptyPoint,
  pooledRate,
  standardError,
  type Chart,
  type ChartPoint,
  type Subgroup,
} from './subgroups.ts';
import { westernElectric, type RuleNumber } from './westernElectric.ts';

export interface PChartOptions {
  /** The rate in control, from a time known to be good; the share of the subgroups themselves when left out. */
  readonly centre?: number;
  readonly rules?: readonly RuleNumber[];
}

/**
 * Shewhart's chart of shares with subgroups of varying size: p̄ ± 3 √(p̄(1 − p̄)/n_i), cut off at 0 and 1 (Montgomery,
 * Introduction to Statistical Quality Control, section 7.2).
 * @returns null without a part
 */
export function pChart(subgroups: readonly Subgroup[], options: PChartOptions = {}): Chart | null {
  return chartOfShares(subgroups, options, 1);
}

export interface LaneyChart extends Chart {
  /** Spread between subgroups over that of chance alone: 1 is a p-chart, well above 1 says that the rate itself moves. */
  readonly sigmaZ: number;
}

/**
 * Laney's p′ chart (Quality Engineering 2002): the limits of the p-chart times σ_z, the mean moving range of the z
 * scores over 1.128, for large subgroups between which the rate really varies.
 * @returns null with fewer than two subgroups that hold parts, since there is no moving range then
 */
export function laneyChart(subgroups: readonly Subgroup[], options: PChartOptions = {}): LaneyChart | null {
  const centre = options.centre ?? pooledRate(subgroups);
  if (centre === null) return null;
  const z = subgroups.flatMap((group) => zScore(group, centre) ?? []);
  if (z.length < 2) return null;
  const ranges = z.slice(1).map((value, i) => Math.abs(value - z[i]!));
  const sigmaZ = ranges.reduce((sum, range) => sum + range, 0) / ranges.length / meanRangeOfTwo;
  const chart = chartOfShares(subgroups, options, sigmaZ);
  return chart && { ...chart, sigmaZ };
}

/** d₂ for two: the mean range of two standard normal values, 2/√π. */
const meanRangeOfTwo = 2 / Math.sqrt(Math.PI);

function chartOfShares(
  subgroups: readonly Subgroup[],
  { centre = pooledRate(subgroups) ?? undefined, rules }: PChartOptions,
  widening: number,
): Chart | null {
  if (centre === undefined || subgroups.every(({ of }) => of === 0)) return null;
  const z = subgroups.map((group) => zScore(group, centre));
  const broken = westernElectric(
    z.map((value) => (value === null ? null : value === 0 ? 0 : value / widening)),
    rules,
  );
  const points = subgroups.map(({ count, of }, i): ChartPoint => {
    if (of === 0) return emptyPoint;
    const reach = 3 * widening * standardError(centre, of);
    return {
      value: count / of,
      lower: Math.max(0, centre - reach),
      upper: Math.min(1, centre + reach),
      rules: broken[i]!,
    };
  });
  return { centre, points };
}

/** Standard errors from the centre; null without parts, 0 for a rate of which every part is as expected. */
function zScore({ count, of }: Subgroup, centre: number): number | null {
  if (of === 0) return null;
  const apart = count / of - centre;
  return apart === 0 ? 0 : apart / standardError(centre, of);
}
