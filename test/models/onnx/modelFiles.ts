import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { evaluateDim } from '../../../native-models/onnx/shapes/dims.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../native-models/onnx/ir.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { trueInputs } from '../../../native-models/onnx/topology.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { openSession } from '../../../native-models/runtime/session.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { sharedPath } from '../../support/shared.ts';

/** Sizes for every symbol that the inputs of the shared models use. */
export const symbolSizes = { batch: 2, N: 2, batch_size: 2, H: 100, W: 132 };

/** Every .onnx file of the shared data as [name, path]. */
export const modelFiles: readonly (readonly [string, string])[] = ['onnx', 'oracles'].flatMap((folder) => {
  const path = sharedPath(folder);
  return path === null ? [] : globSync(`${path}/**/*.onnx`).map((file) => [basename(file), file] as const);
});

export const hasModels = modelFiles.length > 0;

export function loadShared(path: string): Model {
  return readModel(readFileSync(path), { name: basename(path) });
}

/** Seeded noise in [0, 1) for every input. */
export function feedsOf(model: Model): Readonly<Record<string, Tensor>> {
  const random = seededRandom(7);
  return Object.fromEntries(
    trueInputs(model.graph).map(({ name, shape }) => {
      const dims = shape!.map((dim) => evaluateDim(dim, symbolSizes)!);
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.uniform());
      return [name, float32Tensor(dims, data)];
    }),
  );
}

/** Runs a model as it stands, without the runtime's own rewriting. */
export async function run(
  model: Model | Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const session = await openSession(model instanceof Uint8Array ? model : writeModel(model), {
    optimisation: 'disabled',
    threads: 1,
  });
  try {
    const inputs = new Set(session.inputs.map(({ name }) => name));
    return await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.has(name))));
  } finally {
    await session.dispose();
  }
}

/** Largest |a − b| over all outputs, relative to the largest |a| of that output. */
export function relativeDifference(
  a: Readonly<Record<string, Tensor>>,
  b: Readonly<Record<string, Tensor>>,
): number {
  let worst = 0;
  for (const [name, tensor] of Object.entries(a)) {
    const other = b[name]!;
    if (other.dims.join() !== tensor.dims.join()) return Infinity;
    let scale = 0;
    let difference = 0;
    for (let i = 0; i < tensor.data.length; i++) {
      scale = Math.max(scale, Math.abs(Number(tensor.data[i])));
      difference = Math.max(difference, Math.abs(Number(tensor.data[i]) - Number(other.data[i])));
    }
    worst = Math.max(worst, difference / (scale || 1));
  }
  return worst;
}
