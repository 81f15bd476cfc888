import { ModelError } from '../errors.ts';
import { countModel } from '../onnx/count.ts';
import { plainStepGraphOf, stepShapes } from './classifierStep.ts';
import { recomputeForLeastMemory } from './recompute.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/** How a batch is computed within bounds. */
export interface StepPlan {
  readonly microBatch: number;
  readonly recompute: boolean;
}

/**
 * The largest part of a batch, by halving, whose step holds no more than so many bytes of values at one time, counted
 * from its graph (parameters and what the runtime itself needs come on top). Smaller parts cost nothing; where even a
 * single sample does not fit, values between modules are computed a second time instead of kept, which does.
 * @throws ModelError `memoryTooSmall` where a single sample needs more even so
 */
export async function planStep(bytes: number, options: TrainerOptions): Promise<StepPlan> {
  const { batch, microBatch = batch } = options.settings;
  const shapes = await stepShapes(options);
  const plain = plainStepGraphOf(options);
  const bytesOf = ({ microBatch: size, recompute }: StepPlan) => {
    const step = recompute ? recomputeForLeastMemory(plain, options.model, shapes(size)) : plain;
    return countModel(step.model, shapes(size)).peakActivationBytes;
  };
  let needed = Infinity;
  for (const recompute of [false, true]) {
    for (let size = microBatch; size >= 1; size = Math.floor(size / 2)) {
      needed = bytesOf({ microBatch: size, recompute });
      if (needed <= bytes) return { microBatch: size, recompute };
    }
  }
  throw new ModelError('memoryTooSmall', { neededMb: Math.ceil(needed / 1024 ** 2) });
}
