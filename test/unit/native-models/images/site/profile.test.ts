import { describe, expect, it } from 'vitest';
import {
  conditionName,
  sampleDisturbance,
  siteProfile,
  siteWeights,
} from '../../../../../native-models/images/site/profile.ts';
import { seededRandom } from '../../../../../native-models/random.ts';

const profile = siteProfile({ clean: 3, 'exposure/2': 2, 'gaussian-noise/5': 1, 'dust/1': 0 });

describe('siteProfile', () => {
  it('brings weights to a sum of 1', () => {
    expect(profile).toEqual([
      { disturbance: null, weight: 0.5 },
      { disturbance: { corruption: 'exposure', severity: 2 }, weight: 1 / 3 },
      { disturbance: { corruption: 'gaussian-noise', severity: 5 }, weight: 1 / 6 },
      { disturbance: { corruption: 'dust', severity: 1 }, weight: 0 },
    ]);
  });

  it.each([
    [{ 'fog/1': 1 }, /no disturbance "fog\/1"; there is clean, and gaussian-noise, /],
    [{ 'dust/0': 1 }, /no disturbance "dust\/0"/],
    [{ clean: -1, 'dust/1': 2 }, /weight of clean is -1/],
    [{ clean: 0 }, /nothing has a weight/],
    [{}, /nothing has a weight/],
  ])('refuses %j', (weights, reason) => {
    expect(() => siteProfile(weights)).toThrow(
      expect.objectContaining({
        kind: 'badRequest',
        params: expect.objectContaining({ reason: expect.stringMatching(reason) as string }) as object,
      }) as Error,
    );
  });
});

describe('sampleDisturbance', () => {
  it('draws each condition as often as it comes, and none without weight', () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const name = conditionName(sampleDisturbance(profile, random));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['clean', 'exposure/2', 'gaussian-noise/5']);
    expect(Math.abs(counts.get('clean')! / 6000 - 1 / 2)).toBeLessThan(0.02);
    expect(Math.abs(counts.get('exposure/2')! / 6000 - 1 / 3)).toBeLessThan(0.02);
  });
});

describe('siteWeights', () => {
  it('gives attacks their share, evenly, and leaves the mix as it is without any', () => {
    const attacked = siteWeights(profile, ['linf:0.0078', 'l2:0.5'], 0.1);
    expect(attacked.get('clean')).toBeCloseTo(0.45, 12);
    expect(attacked.get('l2:0.5')).toBeCloseTo(0.05, 12);
    expect([...attacked.values()].reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect(siteWeights(profile, [], 0.1).get('clean')).toBe(0.5);
  });
});
