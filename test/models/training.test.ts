import { describe, expect, it } from 'vitest';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { changedTensors } from '../../native-models/patches/layerPatch.ts';
import { seededRandom } from '../../native-models/random.ts';
import { parseLayerPolicy } from '../../native-models/training/layers/policy.ts';
import { sharedPath } from '../support/shared.ts';
import { smallClassifier } from '../support/smallClassifier.ts';
import { steel, trainOnSteel } from './neuDet.ts';

const network = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
const colour: Preprocess = {
  order: 'RGB',
  size: [224, 224],
  mean: [128],
  std: [128],
  scale: 1,
  normalise: 'none',
};
const grey: Preprocess = { ...colour, order: 'GRAY', size: [64, 64], std: [50] };
const patient = { timeout: 900_000 };

describe.skipIf(!steel || !network)('MobileNetV2 on steel surfaces', () => {
  it('reaches 0.99 with a new head alone', patient, async () => {
    const base = await loadModelFile(network!);
    const { trained } = await trainOnSteel('linear probe', base, colour, {
      layers: parseLayerPolicy('head'),
      settings: {
        ...{ epochs: 15, batch: 32, optimiser: { kind: 'adamw' } },
        schedule: { rate: 0.01, shape: 'cosine' },
      },
    });
    expect(trained.testAccuracy!.value).toBeGreaterThanOrEqual(0.99);
    expect([...changedTensors(base, trained.model).keys()].sort()).toEqual(['b63', 'w63']);
  });

  it('reaches 0.99 with its last block', patient, async () => {
    const base = await loadModelFile(network!);
    const { trained } = await trainOnSteel('last block', base, colour, {
      layers: parseLayerPolicy('last-k:5'),
      settings: {
        ...{ epochs: 5, batch: 32, optimiser: { kind: 'adamw' } },
        schedule: { rate: 0.001, shape: 'cosine' },
      },
    });
    expect(trained.testAccuracy!.value).toBeGreaterThanOrEqual(0.99);
    // The last inverted residual, the convolution behind it and the head.
    const blocks = ['58', '59', '60', '61', '63'];
    expect([...changedTensors(base, trained.model).keys()].sort()).toEqual(
      [...blocks.map((number) => `b${number}`), ...blocks.map((number) => `w${number}`)].sort(),
    );
  });
});

describe.skipIf(!steel)('a small network on steel surfaces', () => {
  it('reaches 0.95 from random weights', patient, async () => {
    const model = smallClassifier({
      side: 64,
      channels: [16, 32, 64, 96],
      classes: 6,
      random: seededRandom(1),
    });
    const { trained } = await trainOnSteel('small network', model, grey, {
      layers: { kind: 'all' },
      augmentation: { flip: true },
      settings: {
        ...{ epochs: 20, batch: 32, optimiser: { kind: 'adamw' } },
        schedule: { rate: 0.005, shape: 'cosine' },
      },
    });
    expect(trained.testAccuracy!.value).toBeGreaterThanOrEqual(0.95);
  });
});
