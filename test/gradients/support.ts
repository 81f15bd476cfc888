import type { Model, Tensor } from '../../native-models/onnx/ir.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { openSession } from '../../native-models/runtime/session.ts';

/** Runs a model once on one CPU thread. */
export async function runModel(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const session = await openSession(writeModel(model), { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** Largest difference over the largest magnitude of the reference (1 where that is all zero). */
export function relativeError(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < reference.length; i++) {
    // A NaN must not pass as a small difference.
    const gap = Math.abs(actual[i]! - reference[i]!);
    difference = gap <= difference ? difference : gap;
    magnitude = Math.max(magnitude, Math.abs(reference[i]!));
  }
  return difference / (magnitude || 1);
}
