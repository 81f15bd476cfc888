import { beforeAll, describe, expect, it } from 'vitest';
import { readCard } from '../../../../../native-models/detectors/card.ts';
import { openDetector } from '../../../../../native-models/detectors/detector.ts';
import { verdictOf } from '../../../../../native-models/detectors/verdict.ts';
import { limitsOfCard } from '../../../../../native-models/evaluate/evaluateDetector.ts';
import { siteProfile } from '../../../../../native-models/images/site/profile.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import { fineTune, type FineTuned } from '../../../../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../../../../native-models/training/robust/prepareFineTune.ts';
import type { FineTuneOptions } from '../../../../../native-models/training/robust/settings.ts';
import type { TrainingImage } from '../../../../../native-models/training/trainingImages.ts';
import { judgingClassifier, rowsPicture } from '../../../../support/judgingClassifier.ts';

/** Stale after any training: at these nothing is ever called a dent. */
const stale = { review: 0.98, ng: 0.99 };
const common = { review: 0.5, ng: 0.5 };
const model = judgingClassifier(common, { dent: stale });

function part(label: string, ...levels: [number, number, number]): TrainingImage {
  const picture = rowsPicture(...levels);
  const name = `${label} ${levels.join(' ')}`;
  return { name, label, split: null, group: null, weight: 1, load: () => Promise.resolve(picture) };
}

/** Good parts that look like cracks come as near to NG as dents do. */
function parts(count: number): TrainingImage[] {
  const random = seededRandom(3);
  const near = (level: number) => level + 0.02 * random.normal();
  return Array.from({ length: count }, () => [
    part('ok', near(0.64), near(0.2), 0.7),
    part('ok', near(0.2), near(0.45), 0.7),
    part('crack', near(0.8), near(0.2), 0.7),
    part('dent', near(0.2), near(0.6), 0.7),
  ]).flat();
}

const options: FineTuneOptions = {
  model,
  images: parts(40),
  corrected: new Set(),
  settings: {
    ...{ objective: 'fast', norm: 'linf', epsilon: 0.01, attackSteps: 3, beta: 4, replays: 2, sigma: 0.1 },
    ...{ featureShare: 0.1, withSite: false, testAttack: true, layers: 'all', budget: 1 },
    ...{ samples: 'all', fraction: 1, warmUpEpochs: 1, reselectEvery: 1, reweigh: false, seed: 3 },
    trainer: {
      ...{ epochs: 2, batch: 16, optimiser: { kind: 'adamw', weightDecay: 0 } },
      schedule: { rate: 1e-3, shape: 'constant' },
    },
    costs: {
      ...{ currency: 'JPY', falseAlarm: 1, escape: 20, escapeByType: {}, review: 0.5, lineStop: null },
      ...{ defectRate: 0.1, defectRateByType: null, attackWeight: 0 },
      ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
    },
    site: siteProfile({ clean: 1 }),
    shares: { test: 0.4, validation: 0.3, calibration: 0.5 },
  },
  cacheBytes: 1e6,
  session: { threads: 1 },
};

describe('fine-tuning a classifier that judges by thresholds of its types', () => {
  let tuned: FineTuned;
  beforeAll(async () => {
    tuned = await fineTune(await prepareFineTune(options), options, {});
  });

  it('measures the model given at the thresholds of its types', () => {
    const { parts: said } = tuned.before!;
    const dents = said.filter(({ label }) => label === 'dent');
    expect(dents.length).toBeGreaterThan(5);
    expect(dents.every((each) => each.said === 'OK')).toBe(true);
    expect(tuned.before!.escapes!.heldBack.byType['dent']).toBe(1);
    // Chosen anew, they are stopped.
    expect(tuned.rethresholded!.escapes!.heldBack.byType['dent']).toBeLessThan(0.5);
  });

  it('leaves the thresholds that were chosen in the card, and none of before', () => {
    const card = readCard(tuned.model)!;
    expect(limitsOfCard(card)).toEqual(tuned.thresholds);
    expect(card.classes!.thresholdsByLabel!['dent']).not.toEqual(stale);
  });

  it('says of each part what the line will', async () => {
    const detector = await openDetector(tuned.model, { threads: 1 });
    for (const { name, said, score } of tuned.after!.parts) {
      const image = options.images.find((each) => each.name === name)!;
      const live = await detector.judge(await image.load());
      expect(score).toBeCloseTo(live.score, 5);
      expect(verdictOf(live.score, limitsOfCard(detector.card), live.label), name).toBe(said);
    }
    await detector.close();
  });

  it('is worth what a choice of thresholds by type is: dents are stopped, good parts pass', () => {
    const { after, before } = tuned;
    expect(after!.cost).toBeLessThan(before!.cost);
    expect(after!.clean).toBeGreaterThan(0.9);
  });
});
