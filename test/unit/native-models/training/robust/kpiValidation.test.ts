import { describe, expect, it } from 'vitest';
import { Victim } from '../../../../../native-models/attacks/victim.ts';
import { subjectOf } from '../../../../../native-models/evaluate/subject.ts';
import type { CostModel } from '../../../../../native-models/evaluate/costs.ts';
import { siteProfile } from '../../../../../native-models/images/site/profile.ts';
import { GraphBuilder } from '../../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../../native-models/onnx/dataTypes.ts';
import { withClassifierCard } from '../../../../../native-models/training/classifierCard.ts';
import { validatedOf } from '../../../../../native-models/training/robust/kpiFigures.ts';
import { KpiValidation } from '../../../../../native-models/training/robust/kpiValidation.ts';
import { PictureCache } from '../../../../../native-models/training/robust/robustSource.ts';
import { surveyImages, type SurveyedImage } from '../../../../../native-models/training/trainingImages.ts';
import { costModel } from '../../evaluate/costModels.ts';

const [side, pixels] = [2, 4];

/** How defective a part looks to the first model and to the second: the grey values of its first two pixels. */
type Looks = readonly [number, number];

async function partsOf(label: string, looks: readonly Looks[]): Promise<SurveyedImage[]> {
  const images = looks.map(([first, second], at) => {
    const data = Uint8Array.of(first, second, 0, at);
    const picture = { width: side, height: side, channels: 1, depth: 8, data } as const;
    const about = { name: `${label} ${at}`, label, split: null, group: null, weight: 1 };
    return { ...about, load: () => Promise.resolve(picture) };
  });
  return (await surveyImages(images, {})).images.slice();
}

/** Logits 0 for OK, and for a crack what one pixel says. */
const weightsOn = (pixel: number) => {
  const weights = new Float32Array(2 * pixels);
  weights[pixels + pixel] = 1;
  return new Map([['weight', weights]]);
};
/** Of a part of this grey value: logits 0 and (value − 128) / 32. */
const scoreOf = (grey: number) => 1 / (1 + Math.exp(-(grey - 128) / 32));
const [givenModel, made] = [weightsOn(0), weightsOn(1)];

async function validationOf(
  calibration: readonly SurveyedImage[],
  validation: readonly SurveyedImage[],
  costs: CostModel,
  objective: 'corruptions' | 'memory' = 'corruptions',
): Promise<{ kpi: KpiValidation; close: () => Promise<void> }> {
  const g = new GraphBuilder();
  const flat = g.op('Flatten', [g.input('image', 'float32', ['N', 1, side, side])], { axis: 1 });
  const weight = g.initializer('weight', float32Tensor([2, pixels], new Float32Array(2 * pixels)));
  g.outputAs('logits', g.op('Gemm', [flat, weight], { transB: 1 }), 'float32', ['N', 2]);
  const model = withClassifierCard(g.model(), {
    labels: ['ok', 'ng'],
    preprocess: { order: 'GRAY', size: [side, side], mean: [128], std: [32], scale: 1, normalise: 'none' },
  });
  const subject = subjectOf(model);
  const victim = new Victim({ ...subject.attacked(1), parameters: ['weight'] }, { threads: 1 });
  const settings = {
    ...{ site: siteProfile({ clean: 1 }), costs, epsilon: 0.01, seed: 1 },
    norm: 'linf' as const,
    objective,
    attackSteps: 1,
  };
  const pictures = new PictureCache(1e6);
  const options = { subject, victim, pictures, settings, underAttack: false, batch: 8 };
  return {
    kpi: new KpiValidation({ ...options, calibration, validation }),
    close: () => victim.close(),
  };
}

const costs = (ceilings: Partial<CostModel['ceilings']> = {}) =>
  costModel({
    ...{ falseAlarm: 1, escape: 10, review: 1, defectRate: 0.1 },
    ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null, ...ceilings },
  });

/**
 * Of four good parts and four cracks: the first model lets no crack pass at one false alarm (0.9 · ¼ · 1 = 225 a
 * thousand, against 0.1 · ¼ · 10 = 250 for a crack); the second would need three false alarms for that (675).
 */
const calibrationParts = async () => [
  ...(await partsOf('ok', [
    [10, 10],
    [20, 70],
    [30, 80],
    [100, 90],
  ])),
  ...(await partsOf('crack', [
    [60, 60],
    [120, 120],
    [130, 130],
    [140, 140],
  ])),
];

async function measured(ceilings: Partial<CostModel['ceilings']>, validation?: readonly SurveyedImage[]) {
  const calibration = await calibrationParts();
  const { kpi, close } = await validationOf(calibration, validation ?? calibration, costs(ceilings));
  const { given: before } = await kpi.measureGiven(givenModel, null);
  const alone = await kpi.measure(made, { against: null });
  const after = await kpi.measure(made, { against: before });
  await close();
  return { before, alone, after };
}

describe('weights measured against those in use', () => {
  it('take thresholds that let no more defects pass, whatever that costs', async () => {
    const { before, alone, after } = await measured({});
    expect(before).toMatchObject({ falseAlarmRate: 0.25, escapeRate: 0, cost: 225, breaches: [] });
    expect(alone).toMatchObject({ falseAlarmRate: 0, escapeRate: 0.25, cost: 250 });
    expect(after).toMatchObject({ falseAlarmRate: 0.75, escapeRate: 0, cost: 675, breaches: [] });
  });

  it('say so where no threshold does and keeps the other ceilings too', async () => {
    const { before, after } = await measured({ falseAlarmRate: 0.4 });
    expect(before.breaches).toEqual([]);
    const breach = { ceiling: 'escapeRate', type: null, limit: 0, reached: 0.25 };
    expect(after.breaches).toEqual([
      { ...breach, on: 'calibration' },
      { ...breach, on: 'heldBack' },
    ]);
    expect(validatedOf(after).excess).toBeCloseTo(0.5);
  });

  it('say so of the parts held back, which thresholds are not chosen on', async () => {
    const heldBack = [
      ...(await partsOf('ok', [[10, 10]])),
      ...(await partsOf('crack', [
        [120, 5],
        [120, 120],
      ])),
    ];
    const { before, alone, after } = await measured({}, heldBack);
    expect([before.escapeRate, after.escapeRate]).toEqual([0, 0.5]);
    expect(after.breaches).toEqual([
      { ceiling: 'escapeRate', type: null, limit: 0, reached: 0.5, on: 'heldBack' },
    ]);
    expect(alone.breaches).toEqual([]);
    // What epochs are compared by before their cost.
    expect([before, after].map((each) => validatedOf(each).excess)).toEqual([0, 0.5]);
  });

  it('are held to what passes at the thresholds the line runs at, not at better ones', async () => {
    const parts = await calibrationParts();
    const { kpi, close } = await validationOf(parts, parts, costs());
    // The line lets the faintest crack pass: its thresholds are above what would be chosen.
    const line = { review: scoreOf(90), ng: scoreOf(90) };
    const { given, rethresholded } = await kpi.measureGiven(givenModel, line);
    expect(given).toMatchObject({ thresholds: line, falseAlarmRate: 0.25, escapeRate: 0.25, cost: 475 });
    expect(rethresholded).toMatchObject({ escapeRate: 0, cost: 225 });
    expect(rethresholded!.flops).toBe(given.flops);
    const after = await kpi.measure(made, { against: given });
    expect(after).toMatchObject({ falseAlarmRate: 0, escapeRate: 0.25, cost: 250, breaches: [] });
    await close();
  });

  it('are compared by what smoothed rates of error cost where few parts are there, and by their cost elsewhere', async () => {
    const parts = await calibrationParts();
    const compared = async (objective: 'corruptions' | 'memory') => {
      const { kpi, close } = await validationOf(parts, parts, costs(), objective);
      const figures = await kpi.measure(givenModel, { against: null });
      await close();
      return { ...validatedOf(figures), expected: figures.cost };
    };
    const many = await compared('corruptions');
    expect(many.cost).toBe(many.expected);
    const few = await compared('memory');
    expect(few.figures).toMatchObject({ expectedCost: few.expected });
    // The faintest crack lies at 60, a good part at 30 and one at 100: some of either are on the wrong side.
    expect(few.cost).toBeGreaterThan(few.expected);
  });

  it('put the blame on a kind of part by how often it comes, not by how many images it has', async () => {
    const parts = [
      ...(await partsOf('ok', Array<Looks>(6).fill([10, 10]))),
      ...(await partsOf('crack', Array<Looks>(3).fill([5, 5]))),
      ...(await partsOf('stain', [[5, 5]])),
    ];
    // Below every good part: all defects escape, at 10 each.
    const rates = { defectRate: 0.04, defectRateByType: { crack: 0.01, stain: 0.03 } };
    const { kpi, close } = await validationOf(parts, parts, { ...costs(), falseAlarm: 100, ...rates });
    const { blame, cost } = await kpi.measure(givenModel, { against: null });
    await close();
    expect(cost).toBeCloseTo(1000 * 0.04 * 10);
    // Of a look: crack 0.01 · 10 / 3 · 10 images, stain 0.03 · 10 · 10 images, on average 0.4; ten looks of average cost added.
    const factor = (each: number, looks: number) => (looks * each + 10 * 0.4) / (looks + 10) / 0.4;
    expect(blame.labels['crack']).toBeCloseTo(factor(1 / 3, 3));
    expect(blame.labels['stain']).toBeCloseTo(factor(3, 1));
    expect(blame.labels['ok']).toBeCloseTo(factor(0, 6));
  });

  it('hold each critical type to what passes of it now', async () => {
    const recall = { recall: 0.5, criticalTypes: ['crack'] };
    const { after } = await measured({ ...recall, falseAlarmRate: 0.4 });
    expect(after.breaches.filter(({ on }) => on === 'calibration')).toEqual([
      expect.objectContaining({ ceiling: 'escapeRate', type: null }),
      { ceiling: 'escapeRate', type: 'crack', limit: 0, reached: 0.25, on: 'calibration' },
    ]);
  });
});
