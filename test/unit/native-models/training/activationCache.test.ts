import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { float32Tensor, int64Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../../native-models/onnx/ir.ts';
import {
  ActivationCache,
  type ActivationCacheOptions,
} from '../../../../native-models/training/activationCache.ts';
import { cutBelowTrained } from '../../../../native-models/training/cutModel.ts';
import { crossEntropy } from '../../../../native-models/training/losses/crossEntropy.ts';
import { Sgd } from '../../../../native-models/training/optimisers/sgd.ts';
import { readParameters } from '../../../../native-models/training/parameters.ts';
import { buildStepGraph } from '../../../../native-models/training/stepGraph.ts';
import { Step } from '../../../../native-models/training/step.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { smallImages, smallResidualNetwork } from './smallNetworks.ts';

/** Above the shortcut's start: two tensors cross the cut. */
const trained = ['layer1.conv2.weight', 'layer1.bn2.bias', 'wide.weight', 'fc.weight', 'fc.bias'];
const model = smallResidualNetwork();
const cut = cutBelowTrained(model, trained, ['logits']);
const pixels = smallImages(6);
const labels = [0, 1, 2, 3, 0, 1];

/** Images that count how often they are loaded. */
function countedImages(count = 6) {
  const loads = { count: 0 };
  const images = Array.from({ length: count }, (_, i) => ({
    sha256: createHash('sha256').update(`image ${i}`).digest('hex'),
    load: () => {
      loads.count += 1;
      return Promise.resolve(float32Tensor([1, 3, 8, 8], pixels.data.slice(i * 192, (i + 1) * 192)));
    },
  }));
  return { images, loads };
}

const openCache = (options: Partial<ActivationCacheOptions> = {}) =>
  ActivationCache.open(cut, {
    memoryBytes: 1e6,
    preprocessing: 'p'.repeat(64),
    session: { threads: 1 },
    ...options,
  });

async function train(of: Model, feeds: (batch: readonly number[]) => Promise<Record<string, Tensor>>) {
  const step = await Step.open(
    buildStepGraph(of, {
      parameters: trained,
      loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['batch']), 4),
    }),
    { threads: 1 },
  );
  const parameters = readParameters(of, trained);
  const optimiser = new Sgd({ momentum: 0.9 });
  const losses: number[] = [];
  for (const batch of [
    [0, 1, 2],
    [3, 4, 5],
    [5, 0, 2],
    [1, 4, 3],
  ]) {
    const own = int64Tensor(
      [batch.length],
      batch.map((i) => labels[i]!),
    );
    const { loss, gradients } = await step.run({ ...(await feeds(batch)), labels: own }, parameters);
    losses.push(loss);
    optimiser.step(parameters, gradients, 0.1);
  }
  await step.dispose();
  return { losses, parameters };
}

describe('cutting below the trained layers', () => {
  it('cuts at every tensor that crosses, and leaves the trained parameters above', () => {
    expect(cut.cut).toHaveLength(2);
    for (const name of trained) {
      expect(cut.remainder.graph.initializers.has(name)).toBe(true);
      expect(cut.frozen.graph.initializers.has(name)).toBe(false);
    }
    expect(cut.remainder.graph.inputs.map(({ name }) => name)).toEqual(cut.cut);
  });

  it('has nothing to keep where the lowest layer trains', () => {
    const all = cutBelowTrained(model, ['stem.weight'], ['logits']);
    expect(all.cut).toEqual(['input']);
    expect(all.frozen.graph.nodes).toEqual([]);
  });
});

describe('the activation cache', () => {
  it('gives a training the same losses and weights, bit for bit', async () => {
    const { images, loads } = countedImages();
    const cache = await openCache();
    const cached = await train(cut.remainder, (batch) => cache.batch(batch.map((i) => images[i]!)));
    const rows = (batch: readonly number[]) =>
      float32Tensor(
        [batch.length, 3, 8, 8],
        batch.flatMap((i) => [...pixels.data.subarray(i * 192, (i + 1) * 192)]),
      );
    const plain = await train(model, (batch) => Promise.resolve({ input: rows(batch) }));
    expect(cached).toEqual(plain);
    expect(loads.count).toBe(6);
    expect(cache.bytesInMemory).toBe(6 * 2 * 6 * 64 * 4);
    await cache.dispose();
  });

  it('puts on disk what does not fit into memory, for the next run too', async () => {
    const folder = await temporaryFolder();
    const { images, loads } = countedImages();
    const options = { memoryBytes: 2 * 2 * 6 * 64 * 4, disk: { folder, bytes: 1e6 } };
    const first = await openCache(options);
    const whole = await first.batch(images);
    await first.batch(images);
    expect(loads.count).toBe(6);
    expect(globSync(`${folder}/*/*`)).toHaveLength(4);
    await first.dispose();

    const next = await openCache(options);
    expect(await next.batch(images)).toEqual(whole);
    expect(loads.count).toBe(6 + 2);
    await next.dispose();
  });

  it('makes anew what is damaged, cut off, or of another image', async () => {
    const folder = await temporaryFolder();
    const { images, loads } = countedImages();
    const options = { memoryBytes: 0, disk: { folder, bytes: 1e6 } };
    const cache = await openCache(options);
    const whole = await cache.batch(images);
    const [key] = readdirSync(folder);
    const pathOf = (i: number) => join(folder, key!, `${images[i]!.sha256}.safetensors`);
    const bytes = readFileSync(pathOf(0));
    writeFileSync(pathOf(0), bytes.fill(1, bytes.length - 3));
    writeFileSync(pathOf(1), readFileSync(pathOf(1)).subarray(0, 100));
    writeFileSync(pathOf(2), readFileSync(pathOf(3)));
    writeFileSync(pathOf(4), 'not at all');
    expect(await cache.batch(images)).toEqual(whole);
    expect(loads.count).toBe(6 + 4);
    expect(await cache.batch(images)).toEqual(whole);
    expect(loads.count).toBe(6 + 4);
    await cache.dispose();
  });

  it('does not take what another preprocessing or other frozen weights gave', async () => {
    const folder = await temporaryFolder();
    const { images, loads } = countedImages(1);
    const disk = { folder, bytes: 1e6 };
    const caches = [
      await openCache({ memoryBytes: 0, disk }),
      await openCache({ memoryBytes: 0, disk, preprocessing: 'q' }),
    ];
    const stem = model.graph.initializers.get('stem.weight')!;
    const initializers = new Map(model.graph.initializers).set(
      'stem.weight',
      float32Tensor(
        stem.dims,
        (stem.data as Float32Array).map((value) => value * 2),
      ),
    );
    const other = cutBelowTrained({ ...model, graph: { ...model.graph, initializers } }, trained, ['logits']);
    caches.push(await ActivationCache.open(other, { memoryBytes: 0, disk, preprocessing: 'p'.repeat(64) }));
    for (const cache of caches) await cache.batch(images);
    expect(loads.count).toBe(3);
    for (const cache of caches) await cache.dispose();
  });

  it('goes on without a disk that is full or cannot be written to', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    for (const disk of [
      { folder: join(folder, 'file'), bytes: 1e6 },
      { folder, bytes: 100 },
    ]) {
      const { images, loads } = countedImages(2);
      const cache = await openCache({ memoryBytes: 0, disk });
      const whole = await cache.batch(images);
      expect(await cache.batch(images)).toEqual(whole);
      expect(loads.count).toBe(4);
      await cache.dispose();
    }
  });
});
