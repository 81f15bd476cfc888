import { z } from 'zod';
import { FilePath } from './domain.ts';

/**
 * What became of a part between two models, worst first; see native-models/training/robust/changedParts.ts.
 * `…Error` is said of classifiers without a class that means OK.
 */
export const changeKinds = [
  'newEscape',
  'newFalseAlarm',
  'newError',
  'newReview',
  'fixedEscape',
  'fixedFalseAlarm',
  'fixedError',
  'fixedReview',
  'otherError',
] as const;
const ChangeKind = z.enum(changeKinds);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** `said`: a verdict, or the class where none means OK; then there is no score. */
const Said = z.object({ said: z.string(), score: z.number().nullable() });

/** A part of the test side of which the model made says something else than the model given, undisturbed. */
export const ChangedPart = z.object({
  path: FilePath,
  /** `ok` or the type of defect. */
  label: z.string(),
  kind: ChangeKind,
  before: Said,
  after: Said,
});
export type ChangedPart = z.infer<typeof ChangedPart>;

/** Of changed parts that are shown, at most. */
export const changedShown = 48;

export const ChangedParts = z.object({
  /** All of them. */
  counts: z.partialRecord(ChangeKind, z.number().int().positive()),
  /** The first of them, worst first, at most `changedShown`. */
  parts: z.array(ChangedPart).max(changedShown),
});
export type ChangedParts = z.infer<typeof ChangedParts>;
