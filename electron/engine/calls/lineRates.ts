import type { EngineReply } from '../../contract/engine.ts';
import type { LineRatesJob, Share } from '../../contract/lineRates.ts';
import {
  estimateEscapes,
  estimateFalseAlarms,
  type Share as Estimated,
} from '../../../native-models/evaluate/lineRates.ts';

/** Escapes and false alarms of periods, with their intervals. */
export function lineRates({ periods }: LineRatesJob): EngineReply<'lineRates'> {
  return {
    periods: periods.map(({ strata, rejects }) => {
      const [escapes, falseAlarms] = [estimateEscapes(strata), estimateFalseAlarms(rejects)];
      return {
        escapes: { ...escapes, share: escapes.share && shareReply(escapes.share) },
        falseAlarms: { ...falseAlarms, share: falseAlarms.share && shareReply(falseAlarms.share) },
      };
    }),
  };
}

function shareReply({ value, interval: [low, high] }: Estimated): Share {
  return { value, interval: [low, high] };
}
