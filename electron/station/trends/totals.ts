import type { EscapeEstimate } from '../../contract/lineRates.ts';
import {
  countOf,
  shareMeasures,
  type CountedMeasure,
  type TrendChart,
  type TrendGroup,
} from '../../contract/trends.ts';
import { wilsonRate } from '../../engine/statistics.ts';

/**
 * Each share over all groups with its 95 % interval, and the most the false alarms can turn out to be.
 * @param escapes of the whole period, from the audit sample
 */
export function totals(
  groups: readonly TrendGroup[],
  { share: escapeShare, escapes, judged }: EscapeEstimate,
): Pick<TrendChart, 'total' | 'falseAlarmsAtMost'> {
  const sum = (count: (group: TrendGroup) => number) =>
    groups.reduce((total, group) => total + count(group), 0);
  const parts = sum((group) => group.parts);
  const counted = (measure: CountedMeasure) =>
    wilsonRate(
      sum((group) => countOf(group, measure)),
      parts,
    );
  const estimated = escapeShare && { ...escapeShare, hits: escapes, of: judged };
  const total = Object.fromEntries(
    shareMeasures.map((measure) => [measure, measure === 'escapes' ? estimated : counted(measure)]),
  );
  return {
    total: total as TrendChart['total'],
    falseAlarmsAtMost:
      parts > 0 ? sum(({ falseAlarms, ngUnconfirmed }) => falseAlarms + ngUnconfirmed) / parts : null,
  };
}
