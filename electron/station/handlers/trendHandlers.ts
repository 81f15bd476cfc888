import type { Handlers } from '../../contract/channels.ts';
import type { EscapeEstimate } from '../../contract/lineRates.ts';
import type { ChartRequest } from '../../contract/trends.ts';
import { annotations } from '../../store/annotations.ts';
import { snapshot, type ReadableDb } from '../../store/db.ts';
import { escapeStrata } from '../../store/escapeEstimate.ts';
import { escapeGroups } from '../../store/escapeGroups.ts';
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
  const { db, engine, catalogue } = context;
  const starts: SpanStarts = (by, span) =>
    by === 'day' ? dayStarts(span.fromMs, span.toMs) : shiftStarts(span, catalogue.settings.shiftStarts);

  return {
    'trend.chart': async (request) => {
      const { groups, latencyP95Ms, strata } = snapshot(db, () => readChart(db, request, starts));
      const { periods } = await engine.call('lineRates', {
        periods: strata.map((each) => ({ strata: each, rejects: noRejects })),
      });
      const [total, ...escapes] = periods.map((period) => period.escapes) as [EscapeEstimate];
      return {
        groups,
        ...controlChart(groups, request, escapes),
        ...{ latencyP95Ms, escapes: { groups: escapes, total } },
        ...totals(groups, total),
      };
    },
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

/** Of a chart of escapes alone. */
const noRejects = { parts: 0, falseAlarms: 0, confirmed: 0, unconfirmed: 0 };

/** `strata`: what is known of the parts called OK, of the whole period first, then of each group where it is asked for. */
export function readChart(db: ReadableDb, request: ChartRequest, starts: SpanStarts) {
  const { measure, filter } = request;
  const groups = trendGroups(db, request, starts);
  const whole = withParts(db, request);
  return {
    groups,
    latencyP95Ms: measure === 'latency' ? groupLatencies(db, request, groups) : groups.map(() => null),
    strata: [
      whole === null ? [] : escapeStrata(db, filter, whole),
      ...(measure === 'escapes' ? escapeGroups(db, request, groups) : []),
    ],
  };
}
