import { afterAll, describe, expect, it } from 'vitest';
import type { Picture } from '../../../../native-models/images/picture.ts';
import type { Preprocess } from '../../../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import type { SmoothingSettings } from '../../../../native-models/smoothing/certify.ts';
import { SmoothedClassifier } from '../../../../native-models/smoothing/smoothedClassifier.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import { errorsAllowed } from '../../../support/binomial.ts';

const side = 6;
const length = side * side;
const preprocess: Preprocess = {
  ...{ order: 'GRAY', size: [side, side], mean: [0], std: [255], scale: 1, normalise: 'none' },
};
const random = seededRandom(8);
const weights = Float32Array.from({ length: 2 * length }, () => random.normal());

/** Two classes whose border is a plane, so that the true radius is the distance to it. */
function linearClassifier(slope = 1): SmoothedClassifier {
  const g = new GraphBuilder();
  const flat = g.op('Flatten', [g.input('image', 'float32', ['N', 1, side, side])], { axis: 1 });
  const matrix = g.initializer(
    'w',
    float32Tensor(
      [2, length],
      weights.map((value) => slope * value),
    ),
  );
  const bias = g.initializer('b', float32Tensor([2], new Float32Array(2)));
  g.outputAs('logits', g.op('Gemm', [flat, matrix, bias], { transB: 1 }), 'float32', ['N', 2]);
  const model = withClassifierCard(g.model(), { labels: ['ok', 'scratch'], preprocess });
  return new SmoothedClassifier(model, { threads: 1 });
}

const border = Float64Array.from({ length }, (_, i) => weights[i]! - weights[length + i]!);
const borderLength = Math.hypot(...border);

function picture(draw = random): Picture {
  const data = Uint8Array.from({ length }, () => 20 + draw.integer(216));
  return { width: side, height: side, channels: 1, depth: 8, data };
}

/** Signed distance to the border; positive is class 0. */
function distance({ data }: Picture): number {
  return border.reduce((sum, weight, i) => sum + (weight * data[i]!) / 255, 0) / borderLength;
}

const usual: SmoothingSettings = { sigma: 0.3, alpha: 0.05, rule: 'betting', radius: null, n0: 30, n: 400 };
const classifier = linearClassifier();
afterAll(() => classifier.close());

describe('SmoothedClassifier', () => {
  it.each(['betting', 'bonferroni', 'none'] as const)(
    'certifies no more than the distance to the border, and not much less: rule %s',
    async (rule) => {
      let wrong = 0;
      let tight = 0;
      const parts = 200;
      for (let seed = 0; seed < parts; seed++) {
        const part = picture();
        const truth = distance(part);
        const { radius, predicted } = await classifier.certify(part, { ...usual, rule }, { seed });
        if (radius > (predicted === (truth > 0 ? 0 : 1) ? Math.abs(truth) : 0)) wrong += 1;
        if (radius > Math.min(Math.abs(truth), 0.5) - 0.15) tight += 1;
      }
      expect(wrong).toBeLessThanOrEqual(errorsAllowed(parts, usual.alpha));
      expect(tight).toBeGreaterThan(0.8 * parts);
    },
  );

  it('repeats a certificate from its seed, and another seed gives another', async () => {
    const parts = Array.from({ length: 6 }, () => picture());
    const hitsWith = async (seed: number) => {
      const hits: number[] = [];
      for (const part of parts) hits.push((await classifier.certify(part, usual, { seed })).hits);
      return hits;
    };
    const first = await hitsWith(5);
    expect(await hitsWith(5)).toEqual(first);
    expect(await hitsWith(6)).not.toEqual(first);
  });

  it('repeats a certificate that the budget cut short from the looks it took', async () => {
    const part = picture();
    let nowMs = 0;
    const budget = { nowMs: () => (nowMs += 10), untilMs: 100 };
    const cut = await classifier.certify(part, usual, { seed: 5, budget });
    expect(cut).toMatchObject({ ended: 'time', seed: 5 });
    const whole = await classifier.certify(part, usual, { seed: 5 });
    expect(cut.n0 + cut.n).toBeLessThan(whole.n0 + whole.n);
    expect(await classifier.certify(part, usual, { seed: 5, atMost: cut.n0 + cut.n })).toEqual(cut);
  });

  it('takes no look when there is no time', async () => {
    const budget = { nowMs: () => 10, untilMs: 10 };
    const certificate = await classifier.certify(picture(), usual, { seed: 5, budget });
    expect(certificate).toMatchObject({ n0: 0, n: 0, predicted: null, abstained: true, ended: 'time' });
  });

  it('tells of its looks and stops when it is told to', async () => {
    const abort = new AbortController();
    const told: number[] = [];
    const onLooks = (looks: number) => {
      told.push(looks);
      if (looks > 100) abort.abort();
    };
    const certified = classifier.certify(picture(), usual, { seed: 1, onLooks, signal: abort.signal });
    await expect(certified).rejects.toMatchObject({ kind: 'cancelled' });
    expect(told.at(-1)).toBeGreaterThan(100);
    expect(told.at(-1)).toBeLessThan(200);
  });

  it('takes no number for a class that is none', async () => {
    const broken = linearClassifier(Infinity);
    try {
      await expect(broken.certify(picture(), usual, { seed: 1 })).rejects.toMatchObject({
        kind: 'outputNotFinite',
      });
    } finally {
      await broken.close();
    }
  });
});
