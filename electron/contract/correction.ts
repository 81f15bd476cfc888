import { z } from 'zod';

/** Which corrections a detector makes before its network sees a part. */
export const CorrectionWish = z.object({
  /** A small shift and turn are taken back. */
  position: z.boolean(),
  /** `gain`: brightness and haze; `field`: also a light that falls off to one side. */
  light: z.enum(['none', 'gain', 'field']),
});
export type CorrectionWish = z.infer<typeof CorrectionWish>;

/** How a teaching comes to its corrections. */
export const CorrectionRequest = z.discriminatedUnion('by', [
  /** Measured on the parts; off where it does not help. */
  z.object({ by: z.literal('measured') }),
  /** Somebody's word, with the reason; `null` = none. */
  z.object({
    by: z.literal('user'),
    wish: CorrectionWish.nullable(),
    reason: z.string().trim().min(1).max(500),
  }),
]);
export type CorrectionRequest = z.infer<typeof CorrectionRequest>;

/** Rates 0..1 without and with a correction. */
const Pair = z.object({ before: z.number(), after: z.number() });
/** `interval`: 95 % of after − before. */
const Change = Pair.extend({ interval: z.tuple([z.number(), z.number()]) });

export const CorrectionStep = z.object({
  wish: CorrectionWish,
  isOn: z.boolean(),
  reason: z.enum(['helps', 'noGain', 'hidesDefects', 'moreCleanAlarms']),
  /** Good parts that are not OK, as they are and disturbed. */
  falseAlarms: Change,
  /** Defective parts that are not OK. */
  detected: Change,
  byCondition: z.array(z.object({ condition: z.string(), falseAlarms: Pair, detected: Pair })),
});
export type CorrectionStep = z.infer<typeof CorrectionStep>;

/** What a detector corrects, and why. */
export const CorrectionRecord = z.object({
  wish: CorrectionWish.nullable(),
  by: z.enum(['measured', 'user']),
  /** Of the user; empty where it was measured. */
  reason: z.string(),
  /** `null` where nothing was measured. */
  trial: z
    .object({
      /** Parts measured on; none where there were too few. */
      good: z.number().int(),
      defective: z.number().int(),
      /** Synthetic defects stood in for labelled ones. */
      isSynthetic: z.boolean(),
      steps: z.array(CorrectionStep),
    })
    .nullable(),
});
export type CorrectionRecord = z.infer<typeof CorrectionRecord>;
