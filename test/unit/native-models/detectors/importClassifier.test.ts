import { describe, expect, it } from 'vitest';
import { openDetector } from '../../../../native-models/detectors/detector.ts';
import {
  importClassifier,
  type ImportClassifierOptions,
} from '../../../../native-models/detectors/importClassifier.ts';
import type { ModelError } from '../../../../native-models/errors.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import type { Preprocess } from '../../../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';

const preprocess: Preprocess = {
  ...{ order: 'GRAY', size: [8, 8], mean: [0], std: [255], scale: 1, normalise: 'none' },
};

/** Dark, medium and bright pictures, told apart by their mean; the sharper, the surer. */
function byBrightness(sharpness: number, hidesSoftmax = false): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['n', 1, 8, 8]);
  const mean = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Relu', [image])])]);
  // Linear discriminants around 0.2, 0.5 and 0.8.
  const levels = [0.2, 0.5, 0.8];
  const slopes = levels.map((level) => sharpness * level);
  const offsets = levels.map((level) => (-sharpness * level * level) / 2);
  const [weight, bias] = [float32Tensor([3, 1], slopes), float32Tensor([3], offsets)];
  const logits = g.op('Gemm', [mean, g.constant(weight), g.constant(bias)], { transB: 1 });
  const top = g.op('ReduceMax', [logits], { axes: [1], keepdims: 1 });
  const all = g.op('Exp', [g.op('Sub', [logits, top])]);
  const shares = g.op('Div', [all, g.op('ReduceL1', [all], { axes: [1], keepdims: 1 })]);
  g.outputAs('classes', hidesSoftmax ? shares : logits, 'float32', ['n', 3]);
  return g.model();
}

const flat = (level: number): Picture => ({
  ...{ width: 8, height: 8, channels: 1, depth: 8, data: new Uint8Array(64).fill(level * 255) },
});
const part = (label: string, level: number) => ({
  ...{ name: `${label} ${level}`, label, split: null, group: null, load: () => Promise.resolve(flat(level)) },
});
/** Some lie on the wrong side. */
const heldOut = [
  ...[0.1, 0.2, 0.25, 0.3, 0.37].map((level) => part('dark', level)),
  ...[0.32, 0.45, 0.5, 0.55, 0.6, 0.67].map((level) => part('ok', level)),
  ...[0.63, 0.7, 0.8, 0.9].map((level) => part('bright', level)),
];
const options = (change: Partial<ImportClassifierOptions> = {}): ImportClassifierOptions => ({
  ...{
    network: byBrightness(200),
    name: 'levels.onnx',
    labels: ['dark', 'medium', 'bright'],
    okLabels: ['medium'],
  },
  ...{ preprocess, heldOut, session: { threads: 1 }, ...change },
});

describe('importClassifier', () => {
  it('cools a network that is too sure of itself, and takes good parts for the class that means OK', async () => {
    const { card, calibration } = await importClassifier(options());
    expect(card.classes!.temperature).toBeGreaterThan(1.2);
    expect(calibration.crossEntropy!.after).toBeLessThan(calibration.crossEntropy!.before);
    expect([card.goodImages, card.ngImages, calibration.accuracy?.hits]).toEqual([6, 9, 11]);
    expect(card.thresholds.review).toBeLessThan(card.thresholds.ng);
  });

  it('judges alike whether the network puts out logits or a softmax that its graph does not show', async () => {
    const scores = async (hidesSoftmax: boolean) => {
      const { model } = await importClassifier(options({ network: byBrightness(60, hidesSoftmax) }));
      const detector = await openDetector(model, { threads: 1 });
      const judged = [await detector.judge(flat(0.36)), await detector.judge(flat(0.62))];
      await detector.close();
      return judged;
    };
    const [plain, hidden] = [await scores(false), await scores(true)];
    plain.forEach(({ score, label }, at) => {
      // A probability of nothing counts as one of 1e-12, which moves the temperature a little.
      expect(hidden[at]!.score).toBeCloseTo(score, 2);
      expect(hidden[at]!.label).toBe(label);
    });
    expect(plain.map(({ label }) => label)).toEqual(['dark', 'bright']);
  });

  it('goes without parts too', async () => {
    const { card, heldOut: count } = await importClassifier(options({ heldOut: [] }));
    expect([card.classes!.temperature, card.thresholds, count]).toEqual([1, { review: 0.5, ng: 0.5 }, 0]);
  });

  it.each<[string, Partial<ImportClassifierOptions>]>([
    ['labelsWrong', { labels: ['dark', 'medium'] }],
    ['labelsWrong', { labels: ['dark', 'medium', 'dark'] }],
    ['noOkClass', { okLabels: [] }],
    ['labelOutOfRange', { heldOut: [part('rust', 0.5)] }],
    ['modelInputUnsupported', { preprocess: { ...preprocess, order: 'RGB' } }],
    ['cancelled', { signal: AbortSignal.abort() }],
  ])('refuses with %s', async (kind, change) => {
    await expect(importClassifier(options(change))).rejects.toThrow(
      expect.objectContaining({ kind }) as ModelError,
    );
  });
});
