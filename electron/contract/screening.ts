import { z } from 'zod';
import { FilePath, Id, Name, Preprocess } from './domain.ts';
import { ErrorInfo } from './errors.ts';

/** See native-models/screening/screen.ts for what each check asks. */
export const screenChecks = ['neighbours', 'outOfFold', 'signature', 'cluster', 'alone'] as const;

/** Suspects that are told of at most; the most suspicious ones. */
export const suspectsShown = 500;

export const SuspectReason = z.object({
  check: z.enum(screenChecks),
  /** Shares 0..1, of `signature` and `alone` robust standard deviations. */
  figure: z.number(),
  /** Class that `neighbours` and `outOfFold` take it for. */
  looksLike: z.string().optional(),
  /** Parts of its group, of `cluster`. */
  members: z.number().int().optional(),
});
export type SuspectReason = z.infer<typeof SuspectReason>;

export const Suspect = z.object({
  path: FilePath,
  /** As stated. */
  label: z.string(),
  reasons: z.array(SuspectReason).min(1),
  /** 0..1, for the order only. */
  suspicion: z.number(),
});
export type Suspect = z.infer<typeof Suspect>;

/** Parts of a training that look mislabelled, tampered with or foreign. A human decides. */
export const Screening = z.object({
  /** Most suspicious first, at most `suspectsShown` of `suspectCount`. */
  suspects: z.array(Suspect).max(suspectsShown),
  suspectCount: z.number().int(),
  /** That were screened. */
  images: z.number().int(),
  /** Those that there were enough parts for. */
  checks: z.array(z.enum(screenChecks)),
  /** Classes with too few parts for the checks of labels. */
  tooFew: z.array(z.string()),
  /** How well the classes are told apart, 0..1; `null` with one class. */
  separation: z.number().nullable(),
  /** Whether that is so little that the checks of labels had to agree. */
  isWeak: z.boolean(),
  /** Tensors that parts were compared by. */
  features: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
  seconds: z.number(),
});
export type Screening = z.infer<typeof Screening>;

/** Paths of parts that a human wants left out. */
export const LeftOut = z.array(FilePath).max(suspectsShown).default([]);

/** What a detector is to be taught on, to be screened first. */
export const ScreenRequest = z.object({
  productId: Id,
  name: Name,
  /** `good`: a folder of good parts; `classes`: class folders or a CSV table. */
  what: z.enum(['good', 'classes']),
  path: FilePath,
  backboneId: Id,
  /** Network input side in pixels; `null` = as the backbone says. */
  size: z.number().int().min(32).max(1024).nullable(),
});
export type ScreenRequest = z.infer<typeof ScreenRequest>;

export const ScreenJob = z.object({
  model: FilePath,
  /** How pictures become its input, and the tensors to compare by; `null` = as the file says or suggests. */
  preprocess: Preprocess.nullable(),
  features: z.array(z.string()).min(1).nullable(),
  images: z
    .array(z.object({ path: FilePath, label: z.string().min(1), group: z.string().nullable() }))
    .min(1)
    .max(1_000_000),
  seed: z.number().int().min(0).max(0xffff_ffff),
});
export type ScreenJob = z.infer<typeof ScreenJob>;
