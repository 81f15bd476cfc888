import { z } from 'zod';

export const verdicts = ['OK', 'NG', 'REVIEW'] as const;
export const Verdict = z.enum(verdicts);
export type Verdict = z.infer<typeof Verdict>;

/**
 * Two thresholds on one anomaly score (higher = more anomalous): OK below `review`, NG from `ng` up,
 * review between. With `review === ng` there is no band between.
 */
export const Thresholds = z
  .object({ review: z.number().finite(), ng: z.number().finite() })
  .refine((t) => t.review <= t.ng, 'review must not exceed ng');
export type Thresholds = z.infer<typeof Thresholds>;

export function isSamePair(one: Thresholds, other: Thresholds): boolean {
  return one.review === other.review && one.ng === other.ng;
}

/** Thresholds of single defect types, by label; the others are judged by those of the model. */
export const ThresholdsByLabel = z.record(z.string(), Thresholds);
export type ThresholdsByLabel = z.infer<typeof ThresholdsByLabel>;

/** Thresholds of a model with those of its defect types: what an evaluation and a retraining judge by. */
export const Limits = z
  .object({
    review: z.number().finite(),
    ng: z.number().finite(),
    byType: ThresholdsByLabel.optional(),
  })
  .refine((t) => t.review <= t.ng, 'review must not exceed ng');
export type Limits = z.infer<typeof Limits>;

/** How a defect type came to its thresholds when its model was made. */
export const TypeChoice = z.object({
  type: z.string(),
  /** Its own; `null` = those of the model. */
  thresholds: Thresholds.nullable(),
  reason: z.enum(['cheaper', 'tooFewParts', 'noGain']),
  /** Held-back parts that look most like this type. */
  good: z.number().int(),
  defective: z.number().int(),
});
export type TypeChoice = z.infer<typeof TypeChoice>;

/** What a model's scores are judged by. */
export interface JudgedBy {
  readonly thresholds: Thresholds;
  readonly thresholdsByLabel?: Readonly<ThresholdsByLabel> | undefined;
}

/** What the scores of a model on record are judged by. */
export function judgedByModel({
  thresholds,
  classes,
}: {
  readonly thresholds: Thresholds;
  readonly classes?: Pick<JudgedBy, 'thresholdsByLabel'> | undefined;
}): JudgedBy {
  return { thresholds, thresholdsByLabel: classes?.thresholdsByLabel };
}

/** The thresholds that decide on a part: those of its label where that has some of its own. */
export function thresholdsFor(
  { thresholds, thresholdsByLabel = {} }: JudgedBy,
  label: string | null,
): Thresholds {
  return (
    (label !== null && Object.hasOwn(thresholdsByLabel, label) && thresholdsByLabel[label]) || thresholds
  );
}

/** A model's thresholds in one. */
export function limitsOf({ thresholds, thresholdsByLabel = {} }: JudgedBy): Limits {
  const isByType = Object.keys(thresholdsByLabel).length > 0;
  return { ...thresholds, ...(isByType ? { byType: { ...thresholdsByLabel } } : {}) };
}

/** The same apart again. */
export function judgedByLimits({ review, ng, byType }: Limits): JudgedBy {
  return { thresholds: { review, ng }, ...(byType ? { thresholdsByLabel: byType } : {}) };
}

export function isSameLimits(one: Limits, other: Limits): boolean {
  const [types, otherTypes] = [one.byType ?? {}, other.byType ?? {}];
  return (
    isSamePair(one, other) &&
    Object.keys(types).length === Object.keys(otherTypes).length &&
    Object.entries(types).every(([type, pair]) => otherTypes[type] && isSamePair(pair, otherTypes[type]))
  );
}

/** Decides by thresholds. Fail safe: a score that is not a finite number is never OK. */
export function decide(score: number, thresholds: Thresholds): Verdict {
  if (!Number.isFinite(score)) return 'REVIEW';
  if (score >= thresholds.ng) return 'NG';
  return score < thresholds.review ? 'OK' : 'REVIEW';
}
