import { z } from 'zod';
import { annotatedActions } from './annotations.ts';
import { DriftFeature } from './drift.ts';
import { Counters, Id, Interval, TimeMs } from './domain.ts';
import { HistoryFilter } from './history.ts';
import { EscapeEstimate } from './lineRates.ts';

/** What a trend may be divided by: spans of time of this place, lots, or what was inspected by what. */
export const groupings = ['minute', 'hour', 'shift', 'day', 'lot', 'product', 'model'] as const;
export const Grouping = z.enum(groupings);
export type Grouping = z.infer<typeof Grouping>;

/** Groups that follow each other, so that rules about runs of points mean something. */
export function isOrdered(by: Grouping): boolean {
  return by !== 'product' && by !== 'model';
}

export const TrendPeriod = z.object({
  filter: HistoryFilter.pick({ productId: true, sourceId: true, modelId: true }),
  fromMs: TimeMs,
  toMs: TimeMs,
  by: Grouping,
});
export type TrendPeriod = z.infer<typeof TrendPeriod>;

const Count = z.number().int().nonnegative();

/** Parts of one group. Every group that overlaps the period is counted in full. */
export const TrendGroup = Counters.extend({
  /** First millisecond of the group, and the first one after it. */
  fromMs: TimeMs,
  toMs: TimeMs,
  /** What it is called where it is not a span of time; else `null`. */
  name: z.string().nullable(),
  /** `lot`: null for parts without one. The id of a product or model is `null` where none judged. */
  lot: z.string().nullable(),
  productId: Id.nullable(),
  modelId: Id.nullable(),
  /** NG without a human word: each may still turn out a false alarm. */
  ngUnconfirmed: Count,
  /** OK parts that a human looked at. */
  okChecked: Count,
  scoreMean: z.number().nullable(),
  latencyMeanMs: z.number().nullable(),
  latencyMaxMs: z.number().nullable(),
});
export type TrendGroup = z.infer<typeof TrendGroup>;

/**
 * Shares of parts, so that they have charts of shares; `score` and `latency` are means. `escapes` is estimated from the
 * audit sample, per part called OK; the others are counted, per part.
 */
export const shareMeasures = ['falseAlarms', 'escapes', 'ng', 'review', 'firstPass'] as const;
export const measures = [...shareMeasures, 'score', 'latency'] as const;
export const Measure = z.enum(measures);
export type Measure = z.infer<typeof Measure>;
export type ShareMeasure = (typeof shareMeasures)[number];

export function isShare(measure: Measure): measure is ShareMeasure {
  return (shareMeasures as readonly Measure[]).includes(measure);
}

export type CountedMeasure = Exclude<ShareMeasure, 'escapes'>;

/** How many parts of a group a measure counts. */
export function countOf(group: Counters, measure: CountedMeasure): number {
  return measure === 'firstPass' ? group.ok : group[measure];
}

/** Of shares all but `individuals`; of means `individuals` and `ewma`. */
export const chartKinds = ['p', 'laney', 'individuals', 'ewma', 'cusum'] as const;
export const ChartKind = z.enum(chartKinds);
export type ChartKind = z.infer<typeof ChartKind>;

export function kindsOf(measure: Measure): readonly ChartKind[] {
  return chartKinds.filter((kind) =>
    isShare(measure) ? kind !== 'individuals' : kind === 'individuals' || kind === 'ewma',
  );
}

/** The four rules of the Western Electric handbook (1956), in order, and the one of the other charts. */
export const brokenRules = [
  'beyond3Sigma',
  'twoOf3Beyond2Sigma',
  'fourOf5Beyond1Sigma',
  'eightOnOneSide',
  'beyondLimit',
] as const;
export const BrokenRule = z.enum(brokenRules);
export type BrokenRule = z.infer<typeof BrokenRule>;

export const ChartRequest = TrendPeriod.extend({
  measure: Measure,
  kind: ChartKind,
  /** Limits from so many of the first groups; `null`: from all of them. */
  baseline: z.number().int().min(2).max(1000).nullable(),
});
export type ChartRequest = z.infer<typeof ChartRequest>;

export const ChartPoint = z.object({
  /** What is drawn: share, mean, or the statistic of the chart; `null` where a group has no parts of the kind. */
  value: z.number().nullable(),
  ucl: z.number().nullable(),
  cl: z.number().nullable(),
  lcl: z.number().nullable(),
  broken: z.array(BrokenRule),
});
export type ChartPoint = z.infer<typeof ChartPoint>;

/** A share over the whole period with its 95 % interval: Wilson, that of escapes Clopper & Pearson. */
export const MeasuredShare = z.object({
  value: z.number(),
  interval: Interval,
  hits: Count,
  of: Count,
});
export type MeasuredShare = z.infer<typeof MeasuredShare>;

export const TrendChart = z.object({
  groups: z.array(TrendGroup),
  /** One a group; empty where there are too few to draw limits from. */
  points: z.array(ChartPoint),
  /** Of Laney: how much more the groups spread than chance alone would have them. */
  sigmaZ: z.number().nullable(),
  /** 95th percentile of the latency of each group, right within ±9 %; `null`: not known. */
  latencyP95Ms: z.array(z.number().nullable()),
  /** Over all groups; `null` without parts. */
  total: z.record(z.enum(shareMeasures), MeasuredShare.nullable()),
  /** From the audit sample: of each group (empty unless it is the measure), and of the whole period. */
  escapes: z.object({ groups: z.array(EscapeEstimate), total: EscapeEstimate }),
  /** False alarms if every NG without a word is one: the most they can be. */
  falseAlarmsAtMost: z.number().nullable(),
});
export type TrendChart = z.infer<typeof TrendChart>;

/** What was done to the line, for the time axis. */
export const Annotation = z.object({
  timeMs: TimeMs,
  action: z.enum(annotatedActions),
  /** What it was done to, or the words noted. */
  what: z.string(),
});
export type Annotation = z.infer<typeof Annotation>;

/** What is known of why a part was called NG though it was good. */
export const causeKinds = ['said', 'picture', 'defect', 'nearThreshold', 'unknown'] as const;
export const FalseAlarmCause = z.object({
  kind: z.enum(causeKinds),
  /**
   * The reason a human gave, the figure of the picture that lay outside what is usual (`DriftFeature`), or the defect type
   * it was taken for; else empty.
   */
  text: z.string(),
  parts: Count,
  /** Of those the parts whose picture lay outside what is usual: a likely cause, which nobody has confirmed. */
  likely: z.array(z.object({ feature: DriftFeature, parts: Count })),
});
export type FalseAlarmCause = z.infer<typeof FalseAlarmCause>;
