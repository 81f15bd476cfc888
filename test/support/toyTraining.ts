import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { seededRandom } from '../../native-models/random.ts';
import type { LabelledSet } from '../../native-models/training/labelledSet.ts';
import type { TrainerOptions } from '../../native-models/training/trainerOptions.ts';

/** Two layers on four numbers, three classes. */
export function toyModel(): Model {
  const g = new GraphBuilder();
  const draws = seededRandom(11);
  const random = (name: string, dims: number[]) => {
    const count = dims.reduce((product, size) => product * size, 1);
    return g.initializer(
      name,
      float32Tensor(
        dims,
        Float32Array.from({ length: count }, () => draws.normal() / 2),
      ),
    );
  };
  const hidden = g.op('Relu', [
    g.op('Gemm', [
      g.input('x', 'float32', ['batch', 4]),
      random('fc1.weight', [4, 8]),
      random('fc1.bias', [8]),
    ]),
  ]);
  const logits = g.op(
    'Gemm',
    [hidden, random('fc2.weight', [8, 3]), random('fc2.bias', [3])],
    {},
    { outputs: ['logits'] },
  );
  g.output(logits, 'float32', ['batch', 3]);
  return g.model('toy');
}

/** Points around the corner that belongs to their class; a random source adds noise to each visit. */
export function toySet(count: number, seed: number, change: Partial<LabelledSet> = {}): LabelledSet {
  const draws = seededRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const points = labels.map((label) =>
    Float32Array.from({ length: 4 }, (_, axis) => (axis === label ? 2 : 0) + draws.normal() * 0.7),
  );
  return {
    source: {
      async batch(indices, random) {
        const rows = indices.map((index, row) => {
          const noise = random?.(row);
          return [...points[index]!].map((value) => value + (noise ? noise.normal() * 0.05 : 0));
        });
        return { x: float32Tensor([rows.length, 4], rows.flat()) };
      },
      flops: () => 0,
    },
    labels,
    weights: null,
    nameOf: (index) => `point ${index}`,
    ...change,
  };
}

/** A training of a few steps. */
export function toyTraining(change: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    model: toyModel(),
    logits: 'logits',
    labels: ['a', 'b', 'c'],
    parameters: ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'],
    train: toySet(50, 1),
    validation: toySet(30, 2),
    settings: {
      epochs: 3,
      batch: 16,
      optimiser: { kind: 'adamw' },
      schedule: { rate: 0.02, shape: 'cosine', warmUp: 0.1 },
    },
    random: seededRandom(5),
    session: { threads: 1 },
    ...change,
  };
}
