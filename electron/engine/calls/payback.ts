import type { EngineReply } from '../../contract/engine.ts';
import type { PaybackJob, RoiEstimate, RoiItem } from '../../contract/roi.ts';
import { reckonPayback, type Estimate } from '../../../native-models/evaluate/payback.ts';
import { seededRandom } from '../../../native-models/random.ts';

/** What a change saves, and when it has paid for itself. */
export function payback({ seed, ...question }: PaybackJob): EngineReply<'payback'> {
  const found = reckonPayback({ ...question, random: seededRandom(seed) });
  const { interval } = found.paybackMonths;
  return {
    items: found.items.map(({ name, before, after, monthly, isShown }) => ({
      ...{ name: name as RoiItem, isShown },
      ...{ before: estimateReply(before), after: estimateReply(after), monthly: estimateReply(monthly) },
    })),
    monthly: estimateReply(found.monthly),
    shownMonthly: estimateReply(found.shownMonthly),
    paybackMonths: { value: found.paybackMonths.value, interval: [interval[0], interval[1]] },
    curve: found.curve.map(estimateReply),
  };
}

function estimateReply({ value, interval: [low, high] }: Estimate): RoiEstimate {
  return { value, interval: [low, high] };
}
