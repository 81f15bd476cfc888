import type { RuleNumber } from './westernElectric.ts';

/** `count` of the `of` parts of an hour, shift or lot, in order of time. */
export interface Subgroup {
  readonly count: number;
  readonly of: number;
}

/** A subgroup without parts has neither value nor limits, and breaks no rule. */
export interface ChartPoint {
  /** A share 0..1, or the chart's own statistic. */
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** The Western Electric rules that this point completes, in order; rule 1 is a point beyond a limit. */
  readonly rules: readonly RuleNumber[];
}

export interface Chart {
  readonly centre: number;
  readonly points: readonly ChartPoint[];
}

export const emptyPoint: ChartPoint = { value: null, lower: null, upper: null, rules: [] };

/** The share over all subgroups together; null without a part. */
export function pooledRate(subgroups: readonly Subgroup[]): number | null {
  const count = subgroups.reduce((sum, group) => sum + group.count, 0);
  const of = subgroups.reduce((sum, group) => sum + group.of, 0);
  return of === 0 ? null : count / of;
}

/** Standard error of the share of a subgroup, where the rate is `centre`. */
export function standardError(centre: number, of: number): number {
  return Math.sqrt((centre * (1 - centre)) / of);
}
