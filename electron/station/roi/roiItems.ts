import type { EscapeEstimate } from '../../contract/lineRates.ts';
import type { PaybackJob, RoiGap, RoiItem, RoiPlan } from '../../contract/roi.ts';
import type { RejectCounts } from '../../store/tallies.ts';

/** What was counted in a period. */
export interface PeriodCounts extends RejectCounts {
  readonly reviews: number;
  readonly escapes: EscapeEstimate;
}

type Item = PaybackJob['items'][number];
type Counted = Item['before'];

/** Each thing that costs money, with what was counted of it on both sides; gaps where something was not counted. */
export function roiItemsOf(
  { costs }: RoiPlan,
  before: PeriodCounts,
  after: PeriodCounts,
): { items: Item[]; gaps: RoiGap[] } {
  const items: Item[] = [];
  const gaps: RoiGap[] = [];
  const add = (
    name: RoiItem,
    costEach: number,
    countedIn: (period: PeriodCounts) => Counted | RoiGap['why'],
    stopRule?: Item['stopRule'],
  ) => {
    const sides = [before, after].map((period) => (period.parts === 0 ? 'noParts' : countedIn(period)));
    const why = sides.find((side) => typeof side === 'string');
    if (why !== undefined) gaps.push({ item: name, why });
    else {
      const [one, other] = sides as [Counted, Counted];
      items.push({ name, costEach, before: one, after: other, ...(stopRule ? { stopRule } : {}) });
    }
  };
  const rejected = ({ falseAlarms, confirmed, unconfirmed, parts }: PeriodCounts) => ({
    ...{ name: 'ng', hits: falseAlarms + confirmed + unconfirmed, of: parts },
  });
  add('falseAlarms', costs.falseAlarm, (period) => {
    const judged = period.falseAlarms + period.confirmed;
    if (judged > 0) return [rejected(period), { name: 'falseAlarms', hits: period.falseAlarms, of: judged }];
    return rejected(period).hits === 0 ? [rejected(period)] : 'noRejectJudged';
  });
  add('reviews', costs.review, ({ reviews, parts }) => [{ name: 'reviews', hits: reviews, of: parts }]);
  const { lineStop } = costs;
  if (lineStop === null) gaps.push({ item: 'stops', why: 'noStopRule' });
  else
    add('stops', lineStop.cost, (period) => [rejected(period)], { ng: lineStop.ng, parts: lineStop.parts });
  add('escapes', costs.escape, ({ escapes, parts }) => {
    const { share, passed, effectiveSize } = escapes;
    if (share === null) return 'noneAudited';
    return [
      { name: 'passed', hits: passed, of: parts },
      { name: 'escapes', hits: share.value * effectiveSize, of: effectiveSize },
    ];
  });
  return { items, gaps };
}
