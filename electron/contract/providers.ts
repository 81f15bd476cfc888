import { z } from 'zod';
import { ErrorInfo } from './errors.ts';

/** Where a network computes: the processor, or a device by one of these interfaces. */
export const providerNames = ['cpu', 'webgpu', 'cuda', 'dml'] as const;
export const ProviderName = z.enum(providerNames);
export type ProviderName = z.infer<typeof ProviderName>;

/** One provider on one detector, beside the processor on the same pictures. Times from picture to score. */
export const ProviderMeasurement = z.object({
  parity: z.object({
    /** Scores within the tolerance and no verdict flipped beyond it. */
    agrees: z.boolean(),
    pictures: z.number().int(),
    /** Largest difference of two scores as a share of the score. */
    worst: z.number(),
    flips: z.number().int(),
    closeFlips: z.number().int(),
  }),
  p50Ms: z.number(),
  p95Ms: z.number(),
  openMs: z.number(),
});
export type ProviderMeasurement = z.infer<typeof ProviderMeasurement>;

/** What the user asks for; `auto` = the fastest that gives the processor's scores. */
export const ProviderWish = z.enum([...providerNames, 'auto']);
export type ProviderWish = z.infer<typeof ProviderWish>;

/**
 * How a provider stands: the `fastest`, right but not enough faster (`slower`), scores that differ (`differs`), or not to be
 * had or not able to run the detector (`failed`, with the error).
 */
export const ProviderTrial = z.object({
  provider: ProviderName,
  standing: z.enum(['fastest', 'slower', 'differs', 'failed']),
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
