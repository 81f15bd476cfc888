import type { Handlers } from '../../contract/channels.ts';
import { acknowledgeStop, muteStop, stopsOf } from '../../store/lineStops.ts';
import { readProduct } from '../../store/products.ts';
import { setStopRules } from '../../store/stopRules.ts';
import { audited, type StationContext } from '../context.ts';

/** When the line is to be stopped, and what became of the stops. */
export function lineStopHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, `lineStop.${string}`>> {
  const { db, lineStops, options } = context;
  const nowMs = () => options.clock.nowMs();

  return {
    'lineStop.rules': ({ productId }) => rulesOf(lineStops.rules(productId)),
    'lineStop.setRules': ({ productId, rules, reason }) => {
      const kept = audited(context, 'lineStop.rules', () => {
        const { name } = readProduct(db, productId);
        const before = rulesOf(lineStops.rules(productId));
        const result = setStopRules(db, productId, rules);
        return { result, detail: { productId, name, rules, before, reason } };
      });
      lineStops.changed();
      return rulesOf(kept);
    },
    'lineStop.list': ({ filter, ...span }) => stopsOf(db, span, filter),
    'lineStop.acknowledge': ({ id, reason }) => {
      const stop = audited(context, 'lineStop.acknowledge', () => ({
        result: acknowledgeStop(db, id, reason, nowMs()),
        detail: { id, reason },
      }));
      lineStops.changed();
      return stop;
    },
    'lineStop.mute': ({ id, reason }) => {
      const stop = audited(context, 'lineStop.mute', () => ({
        result: muteStop(db, id, reason, nowMs()),
        detail: { id, reason },
      }));
      lineStops.changed();
      return stop;
    },
  };
}

function rulesOf({ share, consecutive, drift }: ReturnType<StationContext['lineStops']['rules']>) {
  return { share, consecutive, drift };
}
