import { norms } from '../../attacks/norms/index.ts';
import { rowOf } from '../../attacks/task.ts';
import type { AttackedModel } from '../../attacks/victim.ts';
import { float32Tensor } from '../../onnx/dataTypes.ts';
import { plainLoss } from '../classifierStep.ts';
import type { Objective } from '../objective.ts';
import type { Ball } from './adversarial.ts';

/**
 * Free adversarial training (Shafahi et al., arXiv 1904.12843, algorithm 1): each batch is visited several times, and
 * the backward pass of each update also moves the images for the next. A move goes on from batch to batch.
 * @param replays visits to each batch; as many fewer epochs cost the same as plain training
 * @param begins where the first images are moved to, of which nothing is known yet: nowhere, or anywhere in the ball
 */
export function freeObjective(
  { input, shape }: AttackedModel,
  { norm: normName, epsilon, replays }: Ball & { readonly replays: number },
  begins: 'still' | 'ball' = 'still',
): Objective {
  const norm = norms[normName];
  const length = shape.reduce((product, size) => product * size, 1);
  // By part of the batch: what is added to the images, and what was fed.
  const changes = new Map<string, Float32Array>();
  const fed = new Map<number, { readonly clean: Float32Array; readonly images: Float32Array }>();
  return {
    copies: 1,
    replays,
    absorbs: input,
    loss: plainLoss,
    async disturb({ part, feeds, random }) {
      const { data, dims } = feeds[input]!;
      const clean = data as Float32Array;
      const known = changes.get(String(part));
      const images = clean.map((value, i) => value + (known?.[i] ?? 0));
      for (let row = 0; row < dims[0]!; row++) {
        const image = rowOf(images, row, length);
        if (!known && begins === 'ball') norm.start(image, epsilon, random.fork(row));
        norm.project(image, rowOf(clean, row, length), epsilon);
      }
      fed.set(part, { clean, images });
      return { [input]: float32Tensor(dims, images) };
    },
    absorb(part, gradient) {
      const { clean, images } = fed.get(part)!;
      for (let at = 0; at < images.length; at += length) {
        const image = images.subarray(at, at + length);
        const direction = gradient.subarray(at, at + length);
        norm.toDirection(direction);
        for (let i = 0; i < length; i++) image[i] = image[i]! + epsilon * direction[i]!;
        norm.project(image, clean.subarray(at, at + length), epsilon);
      }
      changes.set(
        String(part),
        images.map((value, i) => value - clean[i]!),
      );
    },
    carried: () => new Map(changes),
    restore: (carried) => carried.forEach((change, part) => changes.set(part, change)),
    flops: () => 0,
    dispose: async () => undefined,
  };
}
