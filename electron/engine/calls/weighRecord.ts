import type { EngineReply } from '../../contract/engine.ts';
import type { RecordFigures, WeighJob } from '../../contract/operating.ts';
import {
  weighRecord as weigh,
  type PairCost,
  type RecordCosts,
} from '../../../native-models/evaluate/lineRecord.ts';
import { seededRandom } from '../../../native-models/random.ts';

/** What is on record of a line says about a pair of thresholds. */
export function weighRecord({ record, seed, ...question }: WeighJob): EngineReply<'weighRecord'> {
  const { curves, points, costs, gaps } = weigh(record, { ...question, random: seededRandom(seed) });
  return {
    curves: curves && {
      ...curves,
      points: curves.points.map(pointReply),
      auroc: curves.auroc,
      averagePrecision: shareReply(curves.averagePrecision),
    },
    points: points && { review: pointReply(points.review), ng: pointReply(points.ng) },
    costs: costs && costsReply(costs),
    gaps: [...gaps],
  };
}

type Figures = NonNullable<RecordFigures['curves']>;

function pointReply(point: NonNullable<ReturnType<typeof weigh>['points']>['ng']): Figures['points'][number] {
  const { threshold, recall, falseAlarmRate, precision } = point;
  return {
    threshold,
    recall: shareReply(recall),
    falseAlarmRate: shareReply(falseAlarmRate),
    precision: precision && shareReply(precision),
  };
}

function shareReply({
  value,
  interval: [low, high],
}: {
  value: number;
  interval: readonly [number, number];
}) {
  return { value, interval: [low, high] as [number, number] };
}

function costsReply({ current, draft, cheapest, comparison, curves, claims }: RecordCosts) {
  return {
    current: pairReply(current),
    draft: pairReply(draft),
    cheapest: pairReply(cheapest),
    comparison: { ...comparison },
    curves: {
      review: curves.review.map((point) => ({ ...point, ...shareReply(point) })),
      ng: curves.ng.map((point) => ({ ...point, ...shareReply(point) })),
    },
    claims: [...claims],
  };
}

function pairReply({ unmet, ...cost }: PairCost) {
  return { ...cost, unmet: [...unmet] };
}
