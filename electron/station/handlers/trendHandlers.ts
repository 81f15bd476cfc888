import type { Handlers } from '../../contract/channels.ts';
import { annotations } from '../../store/annotations.ts';
import { snapshot } from '../../store/db.ts';
import { falseAlarmCauses } from '../../store/falseAlarmCauses.ts';
import { groupLatencies } from '../../store/groupLatencies.ts';
import { trendGroups, withParts, type SpanStarts } from '../../store/trendGroups.ts';
import { audited, type StationContext } from '../context.ts';
import { dayStarts } from '../days.ts';
import { shiftStarts } from '../shifts.ts';
import { controlChart } from '../trends/controlChart.ts';
import { totals } from '../trends/totals.ts';

type TrendCalls = 'trend.chart' | 'trend.annotations' | 'trend.causes' | 'intervention.note';

/** How the line does over time, and what was done to it. */
export function trendHandlers(context: StationContext): Pick<Handlers, TrendCalls> {
  const { db, catalogue } = context;
  const starts: SpanStarts = (by, span) =>
    by === 'day' ? dayStarts(span.fromMs, span.toMs) : shiftStarts(span, catalogue.settings.shiftStarts);

  return {
    'trend.chart': (request) =>
      snapshot(db, () => {
        const groups = trendGroups(db, request, starts);
        const isLatency = request.measure === 'latency';
        return {
          groups,
          ...controlChart(groups, request),
          latencyP95Ms: isLatency ? groupLatencies(db, request, groups) : groups.map(() => null),
          ...totals(groups),
        };
      }),
    'trend.annotations': ({ filter, ...span }) => ({
      annotations: annotations(db, span, filter.productId),
    }),
    // By whole hours, as the sums beside them.
    'trend.causes': ({ filter, ...period }) => ({
      causes: falseAlarmCauses(db, filter, withParts(db, period) ?? period),
    }),
    'intervention.note': ({ text, productId }) =>
      audited(context, 'intervention.note', () => ({ result: {}, detail: { text, productId } })),
  };
}
