import { describe, expect, it } from 'vitest';
import { compareSiteCosts, siteCost, type Scores } from '../../../../native-models/evaluate/siteCost.ts';
import { siteProfile } from '../../../../native-models/images/site/profile.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { costModel } from './costModels.ts';

const parts = ['ok', 'ok', 'ok', 'ok', 'crack', 'crack'].map((label) => ({ label, group: null }));
const measured: Scores = {
  thresholds: { review: 0.5, ng: 0.8 },
  images: parts,
  unreadable: [],
  conditions: [
    { name: 'clean', kind: 'clean', scores: [0.1, 0.1, 0.1, 0.9, 0.9, 0.9] },
    { name: 'dust/3', kind: 'disturbed', scores: [0.9, 0.9, 0.1, 0.9, 0.1, 0.9] },
    { name: 'dust/4', kind: 'disturbed', scores: [0.9, 0.9, 0.9, 0.9, 0.1, 0.1] },
    { name: 'linf:0.01', kind: 'attacked', scores: [0.9, 0.9, 0.9, 0.9, 0.1, 0.1] },
  ],
};
const site = siteProfile({ clean: 0.75, 'dust/3': 0.25 });
const resampling = () => ({ random: seededRandom(1), replicates: 200 });

describe('siteCost', () => {
  it('weighs the conditions of the site, and no other', () => {
    const cost = siteCost(measured, { site, costs: costModel() }, resampling())!;
    expect(cost.byCondition.map(({ name, weight }) => [name, weight])).toEqual([
      ['clean', 0.75],
      ['dust/3', 0.25],
    ]);
    expect(cost.falseAlarmRate).toBeCloseTo(0.75 * 0.25 + 0.25 * 0.75, 12);
    expect(cost.escapeRate).toBeCloseTo(0.25 * 0.5, 12);
    const [low, high] = cost.interval!;
    expect(low).toBeLessThanOrEqual(cost.value);
    expect(high).toBeGreaterThanOrEqual(cost.value);
  });

  it('gives attacks their share, and says where none was tried', () => {
    const costs = costModel({ attackWeight: 0.1 });
    const attacked = siteCost(measured, { site, costs }, resampling())!;
    expect(attacked.byCondition.find(({ name }) => name === 'linf:0.01')!.weight).toBeCloseTo(0.1, 12);
    expect(attacked.claims).not.toContainEqual({ kind: 'attacksUntested' });
    const conditions = measured.conditions.filter(({ kind }) => kind !== 'attacked');
    const untried = siteCost({ ...measured, conditions }, { site, costs }, resampling())!;
    expect(untried.claims).toContainEqual({ kind: 'attacksUntested' });
    expect(siteCost(measured, { site, costs: costModel() }, resampling())!.claims).not.toContainEqual({
      kind: 'attacksUntested',
    });
  });

  it('counts a part that cannot be read as a review under every condition', () => {
    const unreadable = [{ label: 'ok', group: null }];
    const cost = siteCost({ ...measured, unreadable }, { site, costs: costModel() }, resampling())!;
    for (const { reviewRate } of cost.byCondition) expect(reviewRate).toBeCloseTo(0.98 / 5, 12);
  });

  it('names the limits that are not kept', () => {
    const ceilings = { falseAlarmRate: 0.1, recall: 0.5, criticalTypes: [], latencyP99Ms: null };
    const { unmet } = siteCost(measured, { site, costs: costModel({ ceilings }) }, resampling())!;
    expect(unmet).toMatchObject([{ ceiling: 'falseAlarmRate', limit: 0.1 }]);
    expect(unmet[0]!.reached).toBeCloseTo(0.375, 12);
  });

  it('is null without a score, and refuses a site that was not measured', () => {
    const conditions = [{ name: 'clean', kind: 'clean', scores: parts.map(() => null) }] as const;
    const unscored = { ...measured, conditions };
    expect(siteCost(unscored, { site, costs: costModel() }, resampling())).toBeNull();
    const other = siteProfile({ clean: 0.5, 'jpeg/1': 0.5 });
    expect(() => siteCost(measured, { site: other, costs: costModel() }, resampling())).toThrow(/jpeg\/1/);
  });
});

describe('compareSiteCosts', () => {
  it('bills both for the same parts under the site’s mix', () => {
    const better: Scores = {
      ...measured,
      conditions: measured.conditions.map((condition) => ({
        ...condition,
        scores: condition.scores.map((_, at) => (at < 4 ? 0.1 : 0.9)),
      })),
    };
    const line = { site, costs: costModel() };
    const { difference, interval } = compareSiteCosts(measured, better, line, resampling())!;
    const cost = (scores: Scores) => siteCost(scores, line, resampling())!.value;
    expect(difference).toBeCloseTo(cost(better) - cost(measured), 9);
    expect(interval[1]).toBeLessThan(0);
    const unscored = {
      ...measured,
      conditions: [{ name: 'clean', kind: 'clean', scores: parts.map(() => null) }],
    } as const;
    expect(compareSiteCosts(measured, unscored, line, resampling())).toBeNull();
  });
});
