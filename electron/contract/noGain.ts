import type { FineTuneReply } from './engine.ts';

type Compared = {
  readonly [Side in 'before' | 'rethresholded' | 'after']: Pick<
    NonNullable<FineTuneReply[Side]>,
    'cost'
  > | null;
};

/** Why a training has brought nothing, as far as its test side tells; null = it has brought something. */
export function noGain({ before, rethresholded, after }: Compared): 'dearer' | 'thresholdsCheaper' | null {
  if (!before || !after) return null;
  if (after.cost > before.cost) return 'dearer';
  return rethresholded && after.cost > rethresholded.cost ? 'thresholdsCheaper' : null;
}
