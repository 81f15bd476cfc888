import { describe, expect, it } from 'vitest';
import { costCurves } from '../../../../native-models/evaluate/costCurve.ts';
import { expectedCost } from '../../../../native-models/evaluate/expectedCost.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { condition, costModel } from './costModels.ts';

const at = { review: 0.5, ng: 0.8 };
const costs = costModel({ lineStop: { cost: 500, ng: 2, parts: 10 } });
const conditions = [
  condition('clean', 3, { ok: [0.1, 0.2, 0.6, null], crack: [0.4, 1], stain: [0.9, 0.7] }),
  condition('gaussian-noise/3', 1, { ok: [0.9, 0.9, 0.1, 0.1], crack: [1, 1], stain: [1, 1] }),
];
const places = [0.95, 0.05, 0.5, 0.6, 0.8];
const resampling = () => ({ random: seededRandom(7), replicates: 200 });

describe('cost curves', () => {
  const curves = costCurves(conditions, at, costs, places, resampling());

  it('are the expected cost at each place, the other threshold taken along where it must', () => {
    for (const [i, place] of places.entries()) {
      const review = { review: place, ng: Math.max(at.ng, place) };
      const ng = { review: Math.min(at.review, place), ng: place };
      expect(curves.review[i]!.threshold).toBe(place);
      expect(curves.review[i]!.value).toBeCloseTo(expectedCost(conditions, review, costs).value, 6);
      expect(curves.ng[i]!.value).toBeCloseTo(expectedCost(conditions, ng, costs).value, 6);
    }
  });

  it('have the bootstrap interval of each place', () => {
    const { interval } = expectedCost(conditions, at, costs, resampling());
    const own = curves.ng[places.indexOf(0.8)]!.interval;
    expect(own[0]).toBeCloseTo(interval![0], 6);
    expect(own[1]).toBeCloseTo(interval![1], 6);
  });
});
