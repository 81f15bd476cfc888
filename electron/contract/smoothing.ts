import { z } from 'zod';

/** How a part is looked at under noise; see native-models/smoothing/certify.ts. */
export const SmoothingSettings = z.object({
  /** Deviation of the noise, of pixel values in [0, 1]. */
  sigma: z.number().positive().max(10),
  /** Share of parts whose certificate may be wrong, at most. */
  alpha: z.number().positive().max(0.5),
  rule: z.enum(['betting', 'bonferroni', 'none']),
  /** L2 radius asked about; `null`: as large as it gets. */
  radius: z.number().nonnegative().max(1000).nullable(),
  /** Looks that choose the class, and further looks at most. */
  n0: z.number().int().min(1).max(1_000_000),
  n: z.number().int().min(1).max(1_000_000_000),
});
export type SmoothingSettings = z.infer<typeof SmoothingSettings>;

/** What noisy looks have shown of a part. */
export const Certificate = z.object({
  sigma: z.number(),
  alpha: z.number(),
  rule: SmoothingSettings.shape.rule,
  wantedRadius: z.number().nullable(),
  /** Looks taken to choose the class, fresh ones to estimate how often it comes, and how often it came. */
  n0: z.number().int(),
  n: z.number().int(),
  hits: z.number().int(),
  /** Name of the class. */
  predicted: z.string().nullable(),
  /** No disturbance of a smaller L2 norm changes the class; 0 where abstained. */
  radius: z.number(),
  abstained: z.boolean(),
  isCertified: z.boolean(),
  ended: z.enum(['settled', 'looks', 'time']),
  seed: z.number().int(),
});
export type Certificate = z.infer<typeof Certificate>;

/** A certificate beside the truth. */
export const CertifiedOutcome = z.object({
  isRight: z.boolean(),
  abstained: z.boolean(),
  radius: z.number(),
});
export type CertifiedOutcome = z.infer<typeof CertifiedOutcome>;
