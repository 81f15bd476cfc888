import { afterAll, describe, expect, it } from 'vitest';
import { withCard, type ModelCard } from '../../../../native-models/detectors/card.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../../native-models/onnx/dataTypes.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import type { SmoothingSettings } from '../../../../native-models/smoothing/certify.ts';
import { SmoothedDetector } from '../../../../native-models/smoothing/smoothedDetector.ts';
import { errorsAllowed } from '../../../support/binomial.ts';

const side = 6;
const plane = side * side;
const random = seededRandom(3);
const weights = Float32Array.from({ length: plane }, () => random.normal());

/**
 * A detector whose score is a plane through the picture (each of its channels alike), so that the distance to a
 * threshold is known; as a classifier, with the defect `bright` above and `dark` below 0.
 */
function linearDetector({ planes = 1, batch = 'N' as number | string, gain = 1, classes = false } = {}) {
  const g = new GraphBuilder();
  const length = planes * plane;
  const input = g.input('image', 'float32', [batch, planes, side, side]);
  const flat = g.op('Reshape', [input, g.constant(int64List([-1, length]))]);
  const matrix = Float32Array.from({ length }, (_, i) => (gain * weights[i % plane]!) / planes);
  const w = g.initializer('w', float32Tensor([length, 1], matrix));
  const column = g.op('MatMul', [flat, w]);
  g.outputAs('score', g.op('Reshape', [column, g.constant(int64List([-1]))]), 'float32', ['N']);
  if (classes) {
    const logits = g.op('Concat', [g.op('Mul', [column, g.scalar(0)]), column, g.op('Neg', [column])], {
      axis: 1,
    });
    g.outputAs('logits', logits, 'float32', ['N', 3]);
  }
  const card: ModelCard = {
    kind: classes ? 'classifier' : 'anomaly',
    preprocess: {
      ...{ order: planes === 1 ? 'GRAY' : 'RGB', size: [side, side], mean: [0], std: [255], scale: 1 },
      normalise: 'none',
    },
    thresholds: { review: 0, ng: 0 },
    thresholdInterval: null,
    ...{ backbone: 'none', features: [], goodImages: 0, ngImages: 0, memory: 0, seed: 0 },
    ...(classes ? { classes: { labels: ['ok', 'bright', 'dark'], okLabels: ['ok'], temperature: 1 } } : {}),
  };
  return new SmoothedDetector(withCard(g.model(), card), { threads: 1 });
}

const detectors: SmoothedDetector[] = [];
const open = (...options: Parameters<typeof linearDetector>) => {
  const opened = linearDetector(...options);
  detectors.push(opened);
  return opened;
};
afterAll(() => Promise.all(detectors.map((each) => each.close())));

function picture(draw = random): Picture {
  const data = Uint8Array.from({ length: plane }, () => 20 + draw.integer(216));
  return { width: side, height: side, channels: 1, depth: 8, data };
}

const scoreOf = ({ data }: Picture) => weights.reduce((sum, each, i) => sum + (each * data[i]!) / 255, 0);
const length = Math.hypot(...weights);
const verdictOf = (score: number) => (score >= 0 ? 1 : 0);

const usual: SmoothingSettings = { sigma: 0.3, alpha: 0.05, rule: 'betting', radius: 0.1, n0: 0, n: 300 };

describe('SmoothedDetector', () => {
  it('certifies the verdict without noise for no farther than the threshold is away', async () => {
    const detector = open();
    const parts = 200;
    let wrong = 0;
    let certified = 0;
    for (let seed = 0; seed < parts; seed++) {
      const part = picture();
      const truth = Math.abs(scoreOf(part)) / length;
      const first = verdictOf(scoreOf(part));
      const { isCertified, predicted, n0, radius } = await detector.certify(part, usual, verdictOf, first, {
        seed,
      });
      expect([predicted, n0]).toEqual([first, 0]);
      if (isCertified && (truth < usual.radius! || radius > truth)) wrong += 1;
      if (isCertified) certified += 1;
    }
    expect(wrong).toBeLessThanOrEqual(errorsAllowed(parts, usual.alpha));
    expect(certified).toBeGreaterThan(parts / 2);
  });

  it('certifies nothing of a verdict that noise changes', async () => {
    const part = picture();
    const other = 1 - verdictOf(scoreOf(part));
    const settings = { ...usual, radius: 0 };
    const certificate = await open().certify(part, settings, verdictOf, other, { seed: 1 });
    expect(certificate).toMatchObject({ isCertified: false, predicted: other });
  });

  it('chooses the verdict by looks of their own where it is asked to', async () => {
    const part = picture();
    const other = 1 - verdictOf(scoreOf(part));
    const settings = { ...usual, n0: 30 };
    const { predicted, n0 } = await open().certify(part, settings, verdictOf, other, { seed: 1 });
    expect(predicted).toBe(verdictOf(scoreOf(part)));
    expect(n0).toBeGreaterThan(0);
  });

  it('repeats a certificate that the budget cut short from the looks it took', async () => {
    const detector = open();
    const part = picture();
    const first = verdictOf(scoreOf(part));
    let nowMs = 0;
    const budget = { nowMs: () => (nowMs += 10), untilMs: 100 };
    const settings = { ...usual, alpha: 1e-6 };
    const cut = await detector.certify(part, settings, verdictOf, first, { seed: 5, budget });
    expect(cut).toMatchObject({ ended: 'time', isCertified: false });
    const atMost = cut.n0 + cut.n;
    expect(await detector.certify(part, settings, verdictOf, first, { seed: 5, atMost })).toEqual(cut);
  });

  it('shows all planes of a colour network the same noise where the picture is grey', async () => {
    const part = picture();
    const first = verdictOf(scoreOf(part));
    const settings = { ...usual, radius: null };
    const grey = await open().certify(part, settings, verdictOf, first, { seed: 2 });
    const colour = await open({ planes: 3 }).certify(part, settings, verdictOf, first, { seed: 2 });
    expect(colour.hits).toBe(grey.hits);
  });

  it('looks one by one through a network that takes no more at a time', async () => {
    const part = picture();
    const first = verdictOf(scoreOf(part));
    const many = await open().certify(part, usual, verdictOf, first, { seed: 2 });
    expect(await open({ batch: 1 }).certify(part, usual, verdictOf, first, { seed: 2 })).toEqual(many);
  });

  it('names the defect type of each look of a classifier', async () => {
    const labels = new Set<string | null>();
    const note = (score: number, label: string | null) => {
      labels.add(`${label} ${score >= 0}`);
      return 0;
    };
    const settings = { ...usual, radius: null, sigma: 5 };
    await open({ classes: true }).certify(picture(), settings, note, 0, { seed: 2 });
    expect(labels).toEqual(new Set(['bright true', 'dark false']));
  });

  it('takes no number for a verdict that is none', async () => {
    const broken = open({ gain: Infinity }).certify(picture(), usual, verdictOf, 0, { seed: 1 });
    await expect(broken).rejects.toMatchObject({ kind: 'outputNotFinite' });
  });
});
