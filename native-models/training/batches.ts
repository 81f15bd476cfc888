import { ModelError } from '../errors.ts';
import type { Tensor } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import { allFinite } from '../runtime/finite.ts';
import type { LabelledSet } from './labelledSet.ts';

export interface Batch {
  /** Of the samples, in the order of the rows. */
  readonly indices: readonly number[];
  /** By the name of the value they are fed to, [N, …]. */
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** A stretch of an order of samples. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Divides `start` to `end` into stretches of this size, the last of which may be shorter. */
export function stretchesOf(start: number, end: number, size: number): Stretch[] {
  const count = Math.max(0, Math.ceil((end - start) / size));
  return Array.from({ length: count }, (_, at) => ({
    start: start + at * size,
    end: Math.min(end, start + (at + 1) * size),
  }));
}

/**
 * Reads stretches of an order of samples, each while the one before is at work.
 * @param random forked for each sample by its place in `order`; null = samples as they are
 * @throws ModelError `dataNotFinite` naming a sample with NaN or infinity in it
 */
export async function* readBatches(
  set: LabelledSet,
  order: readonly number[],
  stretches: readonly Stretch[],
  random: Random | null,
): AsyncGenerator<Batch> {
  const read = (at: number) => {
    const stretch = stretches[at];
    const batch = stretch ? readBatch(set, order, stretch, random) : null;
    // A failure is dealt with when it is this batch's turn.
    batch?.catch(() => undefined);
    return batch;
  };
  let next = read(0);
  for (let at = 0; next !== null; at++) {
    const batch = await next;
    next = read(at + 1);
    yield batch;
  }
}

async function readBatch(
  { source, nameOf }: LabelledSet,
  order: readonly number[],
  { start, end }: Stretch,
  random: Random | null,
): Promise<Batch> {
  const indices = order.slice(start, end);
  const feeds = await source.batch(indices, random && ((row) => random.fork(start + row)));
  for (const tensor of Object.values(feeds)) {
    if (tensor.dtype !== 'float32' || allFinite(tensor.data)) continue;
    const length = tensor.data.length / indices.length;
    const row = Math.floor(tensor.data.findIndex((value) => !Number.isFinite(value)) / length);
    throw new ModelError('dataNotFinite', { name: nameOf(indices[row]!) });
  }
  return { indices, feeds };
}
