import { ModelError } from '../errors.ts';
import { countModel } from '../onnx/count.ts';
import { labelsInput, stepGraphOf, weightsInput } from './classifierStep.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/**
 * The largest part of a batch, by halving, whose step holds no more than so many bytes of values at one time, counted
 * from its graph (parameters and what the runtime itself needs come on top).
 * @throws ModelError `memoryTooSmall` where a single sample needs more
 */
export async function microBatchWithin(bytes: number, options: TrainerOptions): Promise<number> {
  const { batch, microBatch = batch } = options.settings;
  const { model } = stepGraphOf(options);
  const one = await options.train.source.batch([0], null);
  const bytesOf = (size: number) => {
    const samples = Object.entries(one).map(([name, { dims }]) => [name, [size, ...dims.slice(1)]] as const);
    const shapes = Object.fromEntries([...samples, [labelsInput, [size]], [weightsInput, [size]]]);
    return countModel(model, shapes).peakActivationBytes;
  };
  let size = microBatch;
  while (size > 1 && bytesOf(size) > bytes) size = Math.floor(size / 2);
  const needed = bytesOf(size);
  if (needed > bytes) throw new ModelError('memoryTooSmall', { neededMb: Math.ceil(needed / 1024 ** 2) });
  return size;
}
