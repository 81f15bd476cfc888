import { z } from 'zod';
import { ProviderName } from './providers.ts';

/**
 * What a model's verdicts here are compared with: scores kept from its making (`made`); where none were kept, those of the
 * processor by the plain library, on recent pictures of the product (`recent`) or, without any, on drawn parts (`drawn`).
 */
export const ParityBasis = z.enum(['made', 'recent', 'drawn']);
export type ParityBasis = z.infer<typeof ParityBasis>;

/** A part of the reference that is judged otherwise here. */
export const DifferingPart = z.object({
  /** Of its picture. */
  name: z.string(),
  expected: z.number(),
  /** `null`: it could not be scored. */
  got: z.number().nullable(),
});
export type DifferingPart = z.infer<typeof DifferingPart>;

/** Differing parts that are named. */
export const differingNamed = 5;

/** One comparison of a model's verdicts with its reference, on this computer. */
export const ParityCheck = z.object({
  timeMs: z.number().int(),
  /** Who put the model to work. */
  actor: z.string(),
  provider: ProviderName,
  /** Version of onnxruntime. */
  runtime: z.string(),
  basis: ParityBasis,
  passed: z.boolean(),
  parts: z.number().int().nonnegative(),
  /** Largest difference of two scores, as a share of the score; `null` where a part gave none. */
  worst: z.number().nullable(),
  /** Verdicts that differ beyond rounding. */
  flips: z.number().int().nonnegative(),
  /** The worst of the parts that differ; empty where it passed. */
  differing: z.array(DifferingPart),
});
export type ParityCheck = z.infer<typeof ParityCheck>;
