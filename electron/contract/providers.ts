import { z } from 'zod';
import { ErrorInfo } from './errors.ts';

/** Where a network computes: the processor, or a device by one of these interfaces. */
export const providerNames = ['cpu', 'webgpu', 'cuda', 'dml'] as const;
export const ProviderName = z.enum(providerNames);
export type ProviderName = z.infer<typeof ProviderName>;

/** In which a device computes the network before features are compared; the rest is in single precision always. */
export const Precision = z.enum(['single', 'half']);
export type Precision = z.infer<typeof Precision>;

const Parity = z.object({
  /** Scores within the tolerance and no verdict flipped beyond it. */
  agrees: z.boolean(),
  pictures: z.number().int(),
  /** Largest difference of two scores as a share of the score. */
  worst: z.number(),
  flips: z.number().int(),
  closeFlips: z.number().int(),
});

/** One provider on one detector, beside the processor on the same pictures. Times from picture to score. */
export const ProviderMeasurement = z.object({
  parity: Parity,
  p50Ms: z.number(),
  p95Ms: z.number(),
  openMs: z.number(),
  /** What half precision came to (the figures above are of single), `null` on the processor; without `parity` it cannot run. */
  half: z
    .union([
      z.object({ parity: Parity, p50Ms: z.number() }),
      z.object({ parity: z.null(), reason: z.string() }),
    ])
    .nullable()
    .optional(),
  /** Several pictures in one run; `null` where the network takes one at a time. */
  batch: z.object({ pictures: z.number().int(), wholeMs: z.number() }).nullable().optional(),
  /** By how much the process grew, in bytes; what a device holds in memory of its own is not in it. */
  grownBytes: z.number().nonnegative().optional(),
});
export type ProviderMeasurement = z.infer<typeof ProviderMeasurement>;

/** What the user asks for; `auto` = the fastest that gives the processor's scores. */
export const ProviderWish = z.enum([...providerNames, 'auto']);
export type ProviderWish = z.infer<typeof ProviderWish>;

/**
 * How a provider stands: the `fastest`, right but not enough faster (`slower`), scores that differ (`differs`), more memory
 * than the settings allow (`tooLarge`), or not to be had or not able to run the detector (`failed`, with the error).
 */
export const ProviderTrial = z.object({
  provider: ProviderName,
  standing: z.enum(['fastest', 'slower', 'differs', 'tooLarge', 'failed']),
  /** In which it judges, if it does. */
  precision: Precision.optional(),
  measurement: ProviderMeasurement.nullable(),
  error: ErrorInfo.nullable(),
});
export type ProviderTrial = z.infer<typeof ProviderTrial>;

/** Which provider judges, and why. */
export const ProviderState = z.object({
  wanted: ProviderWish,
  active: ProviderName,
  /** Set while providers are being measured. */
  measuring: z.boolean(),
  /** Of the last measurement; empty before the first. */
  trials: z.array(ProviderTrial),
  /** Names of the detectors that were measured. */
  model: z.string().nullable(),
  measuredMs: z.number().int().nullable(),
  /** The last measurement was made with another version of onnxruntime, which may compute otherwise: it decides nothing. */
  outdated: z.object({ measuredWith: z.string(), runtime: z.string() }).optional(),
  /** Why the processor had to take over since; `null` while nothing failed. */
  fallback: z.object({ provider: ProviderName, timeMs: z.number().int(), error: ErrorInfo }).nullable(),
});
export type ProviderState = z.infer<typeof ProviderState>;
