import { z } from 'zod';
import { FilePath } from './domain.ts';

/** Of chosen samples that are shown, at most. */
export const chosenShown = 24;

/** The samples that a training chose last. */
export const ChosenSamples = z.object({
  /** Chosen at its beginning, from 1. */
  epoch: z.number().int(),
  classes: z.array(
    z.object({ label: z.string(), chosen: z.number().int().nonnegative(), all: z.number().int().positive() }),
  ),
  /** The first of them by their score, at most `chosenShown`. */
  parts: z
    .array(
      z.object({
        path: FilePath,
        /** `ok` or the type of defect. */
        label: z.string(),
        /** A good part that trains with a defect put on it. */
        isSynthetic: z.boolean(),
        /** Lower is taken first, see native-models/selection/samples.ts; `null`: drawn at random. */
        score: z.number().nullable(),
      }),
    )
    .max(chosenShown),
});
export type ChosenSamples = z.infer<typeof ChosenSamples>;
