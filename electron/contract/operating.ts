import { z } from 'zod';
import { Costs } from './costs.ts';
import { HumanWord, Id, Inspection, Interval, TimeMs } from './domain.ts';
import { Claim, CostItems, UnmetCeiling } from './evaluation.ts';
import { Thresholds, Verdict } from './verdict.ts';

/** The scores of one model in a period, half open; `null`: no end. Those of different models are never mixed. */
export const ScorePeriod = z.object({ modelId: Id, fromMs: TimeMs.nullable(), toMs: TimeMs.nullable() });
export type ScorePeriod = z.infer<typeof ScorePeriod>;

const Count = z.number().int().nonnegative();

/** Parts whose score is the same to eight binary digits, by what a human said of them; `none`: nobody did. */
export const ScoreBin = z.object({ score: z.number(), none: Count, ok: Count, ng: Count });
export type ScoreBin = z.infer<typeof ScoreBin>;

export const ScoreHistogram = z.object({
  /** Lowest score first. */
  bins: z.array(ScoreBin),
  /** Parts without a score: they are reviews whatever the thresholds. */
  unscored: Count,
  /** By thresholds of their defect type's own. */
  ownType: Count,
});
export type ScoreHistogram = z.infer<typeof ScoreHistogram>;

export const ReplayRequest = ScorePeriod.extend({
  thresholds: Thresholds,
  /** So many of the parts that change are listed. */
  limit: z.number().int().min(0).max(200),
});

/** A period as it was and as it would have been. */
export const Replay = z.object({
  /** Parts with a score by verdict then, verdict with the thresholds asked, and human word. */
  moves: z.array(z.object({ from: Verdict, to: Verdict, human: HumanWord.nullable(), parts: Count })),
  /** Stay what they were: no score. */
  unscored: Count,
  /** Stay what they were: judged by thresholds of their defect type's own. */
  ownType: Count,
  /** Stay what they were: their verdict is not what score and thresholds said, e.g. after several looks. */
  otherwise: Count,
  /** Some of the parts that change: wrong ones by a human's word first, then the newest. */
  changed: z.array(z.object({ inspection: Inspection, to: Verdict })),
});
export type Replay = z.infer<typeof Replay>;

/** What is on record of a line, for `weighRecord`; see native-models/evaluate/lineRecord.ts. */
export const LineRecord = z.object({
  judged: z.array(
    z.object({ score: z.number(), label: z.string(), verdict: Verdict, group: z.string().nullable() }),
  ),
  parts: z.record(Verdict, Count),
  passed: z.array(z.number()),
  lowestReview: z.number().nullable(),
});
export type LineRecord = z.infer<typeof LineRecord>;

const Share = z.object({ value: z.number(), interval: Interval });
export const OperatingPoint = z.object({
  threshold: z.number(),
  recall: Share,
  falseAlarmRate: Share,
  precision: Share.nullable(),
});
export type OperatingPoint = z.infer<typeof OperatingPoint>;

export const RecordGap = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['nothingJudged', 'noDefects', 'noGoodParts']) }),
  z.object({ kind: z.literal('onlyRejects'), parts: Count }),
  z.object({ kind: z.literal('fewPassed'), judged: Count, parts: Count, enough: Count }),
  z.object({ kind: z.literal('unjudged'), verdict: Verdict, parts: Count }),
]);
export type RecordGap = z.infer<typeof RecordGap>;

export const PairCost = z.object({
  thresholds: Thresholds,
  /** Per 1,000 parts. */
  value: z.number(),
  interval: Interval.nullable(),
  items: CostItems,
  falseAlarmRate: z.number().nullable(),
  escapeRate: z.number().nullable(),
  reviewRate: z.number(),
  unmet: z.array(UnmetCeiling),
});
export type PairCost = z.infer<typeof PairCost>;

const CostPoint = z.object({ threshold: z.number(), value: z.number(), interval: Interval });
export type CostPoint = z.infer<typeof CostPoint>;

export const RecordFigures = z.object({
  curves: z
    .object({
      points: z.array(OperatingPoint),
      auroc: Share,
      averagePrecision: Share,
      good: Count,
      defective: Count,
    })
    .nullable(),
  points: z.object({ review: OperatingPoint, ng: OperatingPoint }).nullable(),
  costs: z
    .object({
      current: PairCost,
      draft: PairCost,
      comparison: z.object({ difference: z.number(), interval: Interval }),
      cheapest: PairCost,
      curves: z.object({ review: z.array(CostPoint), ng: z.array(CostPoint) }),
      claims: z.array(Claim),
    })
    .nullable(),
  gaps: z.array(RecordGap),
});
export type RecordFigures = z.infer<typeof RecordFigures>;

/** Asked of the engine. */
export const WeighJob = z.object({
  record: LineRecord,
  current: Thresholds,
  draft: Thresholds,
  costs: Costs.nullable(),
  /** Where the cost curves are told. */
  places: z.array(z.number()).max(200),
  seed: z.number().int().nonnegative(),
});
export type WeighJob = z.infer<typeof WeighJob>;

export const WeighRequest = ScorePeriod.extend({
  draft: Thresholds,
  places: WeighJob.shape.places,
});

export const WeighedRecord = RecordFigures.extend({
  /** Those of the product's newest retraining; `null`: none were ever stated. */
  stated: Costs.nullable(),
  /** Parts by verdict, how many of them people judged, and how many of those are counted here: the newest. */
  judged: z.array(z.object({ verdict: Verdict, parts: Count, judged: Count, used: Count })),
  /** What is drawn together for intervals. */
  grouping: z.enum(['lot', 'part']),
});
export type WeighedRecord = z.infer<typeof WeighedRecord>;
