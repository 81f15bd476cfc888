import { describe, expect, it } from 'vitest';
import { calibrate, calibrationSides } from '../../../../native-models/evaluate/calibrate.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { siteProfile } from '../../../../native-models/images/site/profile.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { withClassifierCard } from '../../../../native-models/training/classifierCard.ts';
import { costModel } from './costModels.ts';

const site = siteProfile({ clean: 1 });

describe('calibrationSides', () => {
  const images = Array.from({ length: 40 }, (_, at) => ({
    ...{ name: `${at}`, label: at % 4 === 0 ? 'crack' : 'ok', group: `lot ${Math.floor(at / 2)}` },
  }));

  it('deals each class by its share and keeps groups together, the same way for the same seed', () => {
    const [measured, calibration] = calibrationSides(images, 0.25, 1);
    expect([...measured, ...calibration].map(({ name }) => name).sort()).toEqual(
      images.map(({ name }) => name).sort(),
    );
    const groups = (side: typeof images) => new Set(side.map(({ group }) => group));
    expect([...groups(measured)].filter((group) => groups(calibration).has(group))).toEqual([]);
    expect(calibration.filter(({ label }) => label === 'crack').length).toBeGreaterThan(0);
    expect(calibration.length / images.length).toBeCloseTo(0.25, 1);
    expect(calibrationSides(images, 0.25, 1)).toEqual([measured, calibration]);
    expect(calibrationSides(images, 0.25, 2)[1]).not.toEqual(calibration);
    expect(calibrationSides(images, 0, 1)).toEqual([images, []]);
  });
});

describe('calibrate', () => {
  /** Says defective the surer the brighter the only pixel is. */
  function brightness(labels: readonly string[]): Model {
    const g = new GraphBuilder();
    const flat = g.op('Flatten', [g.input('image', 'float32', ['N', 1, 1, 1])], { axis: 1 });
    const weight = g.initializer('weight', float32Tensor([2, 1], Float32Array.of(0, 1)));
    g.outputAs('logits', g.op('Gemm', [flat, weight], { transB: 1 }), 'float32', ['N', 2]);
    return withClassifierCard(g.model(), {
      labels: [...labels],
      preprocess: { order: 'GRAY', size: [1, 1], mean: [128], std: [32], scale: 1, normalise: 'none' },
    });
  }

  const parts = (label: string, greys: readonly number[]) =>
    greys.map((grey, at) => {
      const picture: Picture = { width: 1, height: 1, channels: 1, depth: 8, data: Uint8Array.of(grey) };
      return { name: `${label} ${at}`, label, group: null, load: () => Promise.resolve(picture) };
    });
  const images = [...parts('ok', [10, 20, 30, 100]), ...parts('crack', [60, 120, 130, 140])];
  const options = { images, attacks: null, batch: 4, seed: 1, session: { threads: 1 } };
  const score = (grey: number) => 1 / (1 + Math.exp(-(grey - 128) / 32));

  it('chooses what costs least: a false alarm at 225 a thousand, or an escape at 250', async () => {
    const costs = costModel({ falseAlarm: 1, escape: 10, review: 1, defectRate: 0.1 });
    const {
      thresholds,
      basis,
      unmet,
      images: counted,
    } = await calibrate(brightness(['ok', 'crack']), options, {
      site,
      costs,
    });
    expect(thresholds!.ng).toBeCloseTo((score(30) + score(60)) / 2, 5);
    expect([basis, unmet, counted]).toEqual(['cost', [], 8]);
    const cheap = await calibrate(brightness(['ok', 'crack']), options, {
      site,
      costs: { ...costs, escape: 8 },
    });
    expect(cheap.thresholds!.ng).toBeCloseTo((score(100) + score(120)) / 2, 5);
  });

  it('keeps the ceilings and names those it cannot', async () => {
    const ceilings = { falseAlarmRate: 0.1, recall: 0.8, criticalTypes: [], latencyP99Ms: null };
    const costs = costModel({ falseAlarm: 1, escape: 10, review: 1, defectRate: 0.1, ceilings });
    const { unmet } = await calibrate(brightness(['ok', 'crack']), options, { site, costs });
    expect(unmet).toEqual([{ ceiling: 'recall', type: 'crack', limit: 0.8, reached: 0.75 }]);
  });

  it('has nothing to choose where no class means OK', async () => {
    const grades = [...parts('dark', [10, 20]), ...parts('bright', [200, 220])];
    const chosen = await calibrate(
      brightness(['dark', 'bright']),
      { ...options, images: grades },
      {
        site,
        costs: costModel(),
      },
    );
    expect(chosen).toMatchObject({ thresholds: null, basis: null, images: 4 });
  });
});
