import { z } from 'zod';
import { Thresholds, ThresholdsByLabel, Verdict } from './verdict.ts';

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

/** Bounds of what a product's smoothing may be set to. */
export const smoothingLimits = {
  sigma: { min: 0.001, max: 1 },
  alpha: { min: 1e-6, max: 0.1 },
  radius: { min: 0, max: 10 },
  n0: { min: 0, max: 1000, whole: true },
  n: { min: 8, max: 10_000, whole: true },
  margin: { min: 0.001, max: 10 },
  // A part that takes much longer counts as one that hangs.
  budgetMs: { min: 5, max: 5_000, whole: true },
} as const;

const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.number().min(min).max(max);

/** How parts of a product that lie near a threshold are looked at again, under noise, before the verdict. */
export const ProductSmoothing = z.object({
  /** As in `SmoothingSettings`. */
  sigma: within(smoothingLimits.sigma),
  alpha: within(smoothingLimits.alpha),
  /** L2 radius within which the verdict must not change, of pixel values in [0, 1] at the network's size. */
  radius: within(smoothingLimits.radius),
  /** Looks that choose the verdict; 0: the first look, which is without noise, has chosen it. */
  n0: within(smoothingLimits.n0).int(),
  /** Further looks at most. */
  n: within(smoothingLimits.n).int(),
  /** A part whose score is this far or farther from its threshold is not looked at again; in shares of the threshold. */
  margin: within(smoothingLimits.margin),
  /** From the part's arrival to its record: no look is begun that would probably keep it longer. */
  budgetMs: within(smoothingLimits.budgetMs).int(),
});
export type ProductSmoothing = z.infer<typeof ProductSmoothing>;

/** What is offered when it is first switched on. */
export const usualSmoothing: ProductSmoothing = {
  sigma: 0.01,
  alpha: 0.01,
  radius: 0.0025,
  n0: 0,
  n: 200,
  margin: 0.1,
  budgetMs: 300,
};

/** What a product's smoothing would come to, on one of its recent parts. */
export const NoisePreview = z.object({
  partId: z.number().int(),
  /** At the network's size, without noise and as its first noisy look shows it: base64 of JPEGs. */
  plain: z.string(),
  noisy: z.string(),
  /** Noisy looks without which no verdict is certified; `null`: more than are allowed. */
  fewestLooks: z.number().int().nullable(),
});
export type NoisePreview = z.infer<typeof NoisePreview>;

/** What noisy looks have shown of a part's verdict, and all that it takes to show it again. */
export const PartCertificate = Certificate.extend({
  /** Verdict that came most often. */
  predicted: Verdict.nullable(),
  /** Looks allowed. */
  most: z.object({ n0: z.number().int(), n: z.number().int() }),
  /** What each look was judged by. */
  judgedBy: z.object({ thresholds: Thresholds, thresholdsByLabel: ThresholdsByLabel.optional() }),
});
export type PartCertificate = z.infer<typeof PartCertificate>;

/** Of the parts of a product that could be looked at again. */
export const LookCounts = z.object({
  parts: z.number().int(),
  /** Decided on the first look. */
  firstLook: z.number().int(),
  /** At all of them, the first ones among them. */
  looks: z.number().int(),
});
export type LookCounts = z.infer<typeof LookCounts>;

/**
 * Whether a part is to be looked at again. One between the thresholds is not: a human looks at it anyway.
 * @param verdict by one look
 * @param thresholds it was decided by
 */
export function isNear(score: number, verdict: Verdict, { review, ng }: Thresholds, margin: number): boolean {
  if (verdict === 'REVIEW') return false;
  const threshold = verdict === 'OK' ? review : ng;
  return Math.abs(score - threshold) < margin * (Math.abs(threshold) || 1);
}

/** The verdict after noisy looks. Fail safe: one that they have not confirmed is left to a human. */
export function settledVerdict(
  verdict: Verdict,
  { isCertified, predicted }: Pick<PartCertificate, 'isCertified' | 'predicted'>,
): Verdict {
  return isCertified && predicted === verdict ? verdict : 'REVIEW';
}
