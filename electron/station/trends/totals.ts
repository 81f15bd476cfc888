import {
  countOf,
  shareMeasures,
  type ShareMeasure,
  type TrendChart,
  type TrendGroup,
} from '../../contract/trends.ts';
import { wilsonRate } from '../../engine/statistics.ts';

/** Each share over all groups with its 95 % interval, and the most the false alarms can turn out to be. */
export function totals(groups: readonly TrendGroup[]): Pick<TrendChart, 'total' | 'falseAlarmsAtMost'> {
  const sum = (count: (group: TrendGroup) => number) =>
    groups.reduce((total, group) => total + count(group), 0);
  const parts = sum((group) => group.parts);
  const share = (measure: ShareMeasure) =>
    wilsonRate(
      sum((group) => countOf(group, measure)),
      parts,
    );
  const total = Object.fromEntries(shareMeasures.map((measure) => [measure, share(measure)]));
  return {
    total: total as TrendChart['total'],
    falseAlarmsAtMost:
      parts > 0 ? sum(({ falseAlarms, ngUnconfirmed }) => falseAlarms + ngUnconfirmed) / parts : null,
  };
}
