import { emptyPoint, type Chart, type ChartPoint } from './subgroups.ts';
import { westernElectric, type RuleNumber } from './westernElectric.ts';

/** d₂ for two: the mean range of two standard normal values, 2/√π. */
const meanRangeOfTwo = 2 / Math.sqrt(Math.PI);

export interface Individuals {
  readonly centre: number;
  /** Standard deviation, by what values differ from the one before. */
  readonly sigma: number;
}

/**
 * Where single values lie and how they spread when nothing drifts: the mean moving range over 1.128, which a slow drift
 * does not widen (Montgomery, Introduction to Statistical Quality Control, section 6.4).
 * @param values in order of time; null is passed over
 * @returns null with fewer than two values
 */
export function individualsOf(values: readonly (number | null)[]): Individuals | null {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const ranges = known.slice(1).map((value, i) => Math.abs(value - known[i]!));
  const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  return { centre: mean(known), sigma: mean(ranges) / meanRangeOfTwo };
}

/** Chart of single values: centre ± 3σ. @param basis of `individualsOf`, of these values or of others */
export function individualsChart(
  values: readonly (number | null)[],
  { centre, sigma }: Individuals,
  rules?: readonly RuleNumber[],
): Chart {
  const z = values.map((value) => (value === null ? null : value === centre ? 0 : (value - centre) / sigma));
  const broken = westernElectric(z, rules);
  const points = values.map((value, i): ChartPoint => {
    if (value === null) return emptyPoint;
    return { value, lower: centre - 3 * sigma, upper: centre + 3 * sigma, rules: broken[i]! };
  });
  return { centre, points };
}
