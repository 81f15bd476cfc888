import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upperQuantile } from '../../../../native-models/detectors/thresholds.ts';
import { unmetCeilings } from '../../../../native-models/evaluate/ceilings.ts';
import { chooseThresholds } from '../../../../native-models/evaluate/chooseThresholds.ts';
import { scoredParts, type Condition } from '../../../../native-models/evaluate/conditions.ts';
import type { CostModel } from '../../../../native-models/evaluate/costs.ts';
import type { EscapeRates } from '../../../../native-models/evaluate/escapeRates.ts';
import { expectedCost } from '../../../../native-models/evaluate/expectedCost.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { normalCdf } from '../../../../native-models/statistics/normal.ts';
import { condition, costModel } from './costModels.ts';

const choose = (
  conditions: readonly Condition[],
  costs: CostModel,
  review = false,
  escapes: EscapeRates | null = null,
) => chooseThresholds(conditions, costs, { random: seededRandom(1), review, escapes });

/** Every pair of thresholds that tells scores apart. */
function allPairs(conditions: readonly Condition[], review: boolean) {
  const scores = conditions.flatMap((one) => one.scores.flatMap(({ score }) => score ?? []));
  const places = [...new Set([-1e9, ...scores.map((score) => score + 1e-6)])];
  return places.flatMap((ng) =>
    (review ? places.filter((low) => low <= ng) : [ng]).map((low) => ({ review: low, ng })),
  );
}

function excess(
  conditions: readonly Condition[],
  thresholds: { review: number; ng: number },
  costs: CostModel,
  escapes: EscapeRates | null,
) {
  const unmet = unmetCeilings(scoredParts(conditions, costs), thresholds, costs, { escapes });
  const most = (...ceilings: string[]) =>
    Math.max(
      0,
      ...unmet
        .filter((one) => ceilings.includes(one.ceiling))
        .map((one) => Math.abs(one.limit - one.reached)),
    );
  return most('falseAlarmRate') + most('recall', 'escapeRate');
}

const score = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(null));
const rate = fc.constantFrom(null, 0, 0.2, 0.5, 0.8, 1);
const parts = fc
  .array(fc.record({ label: fc.constantFrom('ok', 'crack', 'stain'), scores: fc.tuple(score, score) }), {
    minLength: 2,
    maxLength: 12,
  })
  .filter((some) => some.some(({ label }) => label === 'ok') && some.some(({ label }) => label !== 'ok'));

describe('chooseThresholds', () => {
  it.each([false, true])('finds what trying every pair finds (review %s)', (review) => {
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 0, max: 3 }),
        fc.tuple(rate, rate, fc.boolean(), fc.constantFrom(0, 20, 150)),
        fc.option(fc.record({ all: rate, byType: fc.record({ crack: fc.constantFrom(0, 0.4, 1) }) })),
        (some, weight, [falseAlarmRate, recall, stops, reviewCost], escapes) => {
          const conditions = [0, 1].map((c) => ({
            name: `c${c}`,
            weight: c === 0 ? 2 : weight,
            scores: some.map(({ label, scores }) => ({ label, score: scores[c]! })),
          }));
          const costs = costModel({
            escape: 3000,
            escapeByType: { crack: 9000 },
            review: reviewCost,
            defectRate: 0.1,
            lineStop: stops ? { cost: 4000, ng: 2, parts: 6 } : null,
            ceilings: {
              falseAlarmRate,
              recall,
              criticalTypes: recall === 1 ? ['crack'] : [],
              latencyP99Ms: null,
            },
          });
          const { thresholds, cost, unmet } = choose(conditions, costs, review, escapes);
          const tried = allPairs(conditions, review).map((pair) => ({
            excess: excess(conditions, pair, costs, escapes),
            cost: expectedCost(conditions, pair, costs).value,
          }));
          const least = Math.min(...tried.map((one) => one.excess));
          const cheapest = Math.min(...tried.flatMap((one) => (one.excess < least + 1e-9 ? one.cost : [])));
          expect(thresholds.review).toBeLessThanOrEqual(thresholds.ng);
          expect(excess(conditions, thresholds, costs, escapes)).toBeCloseTo(least, 8);
          expect(cost.value).toBeCloseTo(cheapest, 4);
          expect(unmet.length > 0).toBe(least > 1e-9);
        },
      ),
      { seed: 2, numRuns: 120 },
    );
  });

  it('takes the middle of the widest gap among equals', () => {
    const conditions = [condition('clean', 1, { ok: [0, 1, 2], crack: [6, 6.5, 7] })];
    expect(choose(conditions, costModel()).thresholds).toEqual({ review: 4, ng: 4 });
  });

  it('of few parts come closer to the best ones by smoothed rates, and are never higher for it', () => {
    // Good parts score N(0, 1), defective ones N(3, 1.5): what thresholds really cost is known.
    const costs = costModel({ escape: 1e5, defectRate: 0.02 });
    const truth = (ng: number) =>
      1000 * (0.98 * costs.falseAlarm * normalCdf(-ng) + 0.02 * costs.escape * normalCdf((ng - 3) / 1.5));
    const random = seededRandom(5);
    const drawn = (count: number, mean: number, spread: number) =>
      Array.from({ length: count }, () => mean + spread * random.normal());
    const draws = Array.from({ length: 200 }, () => {
      const conditions = [condition('clean', 1, { ok: drawn(40, 0, 1), crack: drawn(10, 3, 1.5) })];
      const by = (areFew: boolean) =>
        chooseThresholds(conditions, costs, { random, review: false, areFew }).thresholds.ng;
      return { exact: by(false), smooth: by(true) };
    });
    for (const { exact, smooth } of draws) expect(smooth).toBeLessThanOrEqual(exact);
    const mean = (of: (draw: (typeof draws)[number]) => number) =>
      draws.reduce((sum, draw) => sum + of(draw), 0) / draws.length;
    expect(mean(({ smooth }) => truth(smooth))).toBeLessThan(0.8 * mean(({ exact }) => truth(exact)));
  });

  it('of few parts break no ceiling for that', () => {
    const conditions = [condition('clean', 1, { ok: [0, 1, 2, 2.5, 3], crack: [3.5, 6, 7, 8] })];
    const ceilings = { falseAlarmRate: 0, recall: null, criticalTypes: [], latencyP99Ms: null };
    const few = (costs: CostModel) =>
      chooseThresholds(conditions, costs, { random: seededRandom(1), review: false, areFew: true });
    expect(few(costModel({ escape: 1e6 })).thresholds.ng).toBeLessThan(3);
    const kept = few(costModel({ escape: 1e6, ceilings }));
    expect(kept.thresholds.ng).toBe(3.25);
    expect(kept.unmet).toEqual([]);
  });

  it('moves with the costs', () => {
    const conditions = [condition('clean', 1, { ok: [0, 1, 2, 3, 4], crack: [2.5, 3.5, 5] })];
    const dear = choose(conditions, costModel({ escape: 1e7 })).thresholds.ng;
    const cheap = choose(conditions, costModel({ escape: 100, falseAlarm: 1000 })).thresholds.ng;
    expect(dear).toBe(2.25);
    expect(cheap).toBe(4.5);
  });

  it('says which ceiling it breaks where both cannot be kept', () => {
    const conditions = [condition('clean', 1, { ok: [0, 1, 2, 3], crack: [0.5, 4, 5, 6] })];
    const ceilings = { falseAlarmRate: 0.1, recall: 1, criticalTypes: ['crack'], latencyP99Ms: null };
    const chosen = choose(conditions, costModel({ ceilings }));
    expect(chosen.unmet).toEqual([{ ceiling: 'recall', type: 'crack', limit: 1, reached: 0.75 }]);
    // With a band of review nothing has to be given up.
    expect(choose(conditions, costModel({ ceilings }), true).unmet).toEqual([]);
  });

  it('lets no more defects pass than a model in use does, in all and of each critical type', () => {
    const conditions = [
      condition('clean', 1, { ok: [0, 1, 2, 3, 4], crack: [2.5, 3.5, 5, 6], stain: [0.5, 5] }),
    ];
    const cheap = costModel({ escape: 100, falseAlarm: 1000 });
    expect(choose(conditions, cheap)).toMatchObject({
      thresholds: { ng: 4.5 },
      escapes: { all: 0.5, byType: { crack: 0.5, stain: 0.5 } },
    });
    const most = { all: 1 / 3, byType: { crack: 0.25, stain: 0.5 } };
    const guarded = choose(conditions, cheap, false, most);
    expect(guarded).toMatchObject({ thresholds: { ng: 3.25 }, unmet: [] });
    expect(guarded.escapes.byType).toEqual(most.byType);
    expect(guarded.escapes.all).toBeCloseTo(most.all);
    const ceilings = { falseAlarmRate: 0.2, recall: 0.1, criticalTypes: ['crack'], latencyP99Ms: null };
    const both = choose(conditions, { ...cheap, ceilings }, false, { all: 0, byType: { crack: 0.25 } });
    // Lower, false alarms would exceed their ceiling by as much as escapes do theirs, and cost more.
    expect(both.unmet.map(({ ceiling, type }) => [ceiling, type])).toContainEqual(['escapeRate', null]);
  });

  it('sorts tens of thousands of scores under many conditions', () => {
    const random = seededRandom(3);
    const conditions = Array.from({ length: 40 }, (_, c) =>
      condition(`c${c}`, 1, {
        ok: Array.from({ length: 900 }, () => random.normal() + c / 40),
        crack: Array.from({ length: 100 }, () => 4 + random.normal()),
      }),
    );
    const costs = costModel({ lineStop: { cost: 5000, ng: 5, parts: 20 } });
    const { thresholds, cost } = choose(conditions, costs);
    for (const moved of [-0.5, 0.5]) {
      const ng = thresholds.ng + moved;
      expect(expectedCost(conditions, { review: ng, ng }, costs).value).toBeGreaterThan(cost.value);
    }
  });
});

describe('without defects', () => {
  const scores = Array.from({ length: 20 }, (_, i) => i / 10);

  it('stops where good parts do, with the confidence bound of that place', () => {
    const conditions = [condition('clean', 1, { ok: scores })];
    const chosen = choose(conditions, costModel(), true);
    const { value, interval } = upperQuantile(scores);
    expect(chosen).toMatchObject({ basis: 'goodParts', quantile: { value, interval: [...interval] } });
    expect(chosen.thresholds).toEqual({ review: value, ng: interval[1] });
    expect(choose(conditions, costModel()).thresholds).toEqual({ review: value, ng: value });
  });

  it('says what 20 good parts can and cannot show', () => {
    const ceilings = { falseAlarmRate: 0.01, recall: 0.99, criticalTypes: ['crack'], latencyP99Ms: null };
    const { claims } = choose([condition('clean', 1, { ok: scores })], costModel({ ceilings }), true).cost;
    const bound = claims.find(({ kind }) => kind === 'bound')!;
    expect(bound).toMatchObject({ label: 'ok', rate: 0, parts: 20 });
    expect('atMost' in bound && bound.atMost).toBeCloseTo(1 - 0.05 ** (1 / 20), 9);
    expect(claims).toContainEqual({ kind: 'noDefects' });
    expect(claims).toContainEqual({ kind: 'fewParts', label: 'ok', parts: 20, enough: 30 });
    expect(claims).toContainEqual({ kind: 'typeUntested', type: 'crack' });
    expect(claims).toContainEqual(
      expect.objectContaining({
        kind: 'ceilingUnproven',
        ceiling: 'falseAlarmRate',
        limit: 0.01,
        needed: 299,
      }),
    );
  });

  it('counts groups, not parts, as witnesses', () => {
    const grouped = scores.map((score, i) => ({ label: 'ok', score, group: `lot ${i % 4}` }));
    const { claims } = choose([{ name: 'clean', weight: 1, scores: grouped }], costModel(), true).cost;
    const bound = claims.find(({ kind }) => kind === 'bound')!;
    expect('atMost' in bound && bound.atMost).toBeCloseTo(1 - 0.05 ** (1 / 4), 9);
  });

  it('looks at the mix, not at clean pictures alone', () => {
    const dark = condition('exposure/3', 1, { ok: scores.map((score) => score + 5) });
    const clean = (weight: number) => condition('clean', weight, { ok: scores });
    const ng = (weight: number) => choose([clean(weight), dark], costModel()).thresholds.ng;
    expect(ng(1)).toBeGreaterThan(6);
    expect(choose([clean(1)], costModel()).thresholds.ng).toBeLessThan(3);
  });

  it('mirrors that with defective parts alone', () => {
    const chosen = choose([condition('clean', 1, { crack: scores })], costModel(), true);
    expect(chosen.basis).toBe('defects');
    expect(chosen.thresholds.ng).toBeLessThan(0.1);
    expect(chosen.thresholds.review).toBeLessThan(chosen.thresholds.ng);
    expect(chosen.cost.claims).toContainEqual({ kind: 'noGoodParts' });
  });

  it.each([0, 1])('takes a ceiling of %d', (falseAlarmRate) => {
    const ceilings = { falseAlarmRate, recall: falseAlarmRate, criticalTypes: [], latencyP99Ms: null };
    for (const label of ['ok', 'crack']) {
      const { thresholds } = choose(
        [condition('clean', 1, { [label]: scores })],
        costModel({ ceilings }),
        true,
      );
      expect(Number.isFinite(thresholds.ng) && Number.isFinite(thresholds.review)).toBe(true);
    }
  });

  it('needs two judged parts', () => {
    const one = condition('clean', 1, { ok: [1, null] });
    expect(() => choose([one], costModel())).toThrow(
      expect.objectContaining({ kind: 'tooFewImages', params: { found: 1, needed: 2 } }) as Error,
    );
  });
});

describe('thresholds of single types', () => {
  /** Dents score low and nothing good does among what looks like one; cracks score high, and so do good parts. */
  const seen = (name: string, weight: number, shift = 0): Condition => ({
    ...{ name, weight },
    scores: Array.from({ length: 20 }, (_, at) => [
      { label: 'ok', type: 'crack', score: 0.5 + 0.005 * at + shift },
      { label: 'ok', type: 'dent', score: 0.05 + 0.001 * at + shift },
      { label: 'crack', type: 'crack', score: 0.8 + 0.001 * at },
      { label: 'dent', type: 'dent', score: 0.3 + 0.001 * at },
    ]).flat(),
  });
  const costs = costModel({ falseAlarm: 1, escape: 5, review: 1, defectRate: 0.05 });
  const byType = (conditions: readonly Condition[], own = costs) =>
    chooseThresholds(conditions, own, {
      ...{ random: seededRandom(1), review: false, types: ['crack', 'dent'] },
    });

  it('are chosen where one pair for all cannot be right for every type', () => {
    const conditions = [seen('clean', 1)];
    const { thresholds, cost } = byType(conditions);
    expect(thresholds.byType!['dent']!.ng).toBeGreaterThan(0.07);
    expect(thresholds.byType!['dent']!.ng).toBeLessThan(0.3);
    expect(cost.value).toBe(0);
    expect(choose(conditions, costs).cost.value).toBeGreaterThan(0);
  });

  it('are chosen under all conditions of the mix', () => {
    const { thresholds } = byType([seen('clean', 0.5), seen('dark', 0.5, 0.15)]);
    // A good part in the dark scores up to 0.22.
    expect(thresholds.byType!['dent']!.ng).toBeGreaterThan(0.219);
  });

  it('are not taken where a ceiling would be broken by more', () => {
    // Cheap escapes: cost alone would let dents pass among good parts that look like them.
    const near: Condition = {
      ...{ name: 'clean', weight: 1 },
      scores: Array.from({ length: 20 }, (_, at) => [
        { label: 'ok', type: 'dent', score: 0.3 + 0.01 * at },
        { label: 'dent', type: 'dent', score: 0.302 + 0.01 * at },
        { label: 'ok', type: 'crack', score: 0.1 },
        { label: 'crack', type: 'crack', score: 0.9 },
      ]).flat(),
    };
    const cheap = costModel({ falseAlarm: 10, escape: 1, review: 10, defectRate: 0.05 });
    const strict = { ...cheap, ceilings: { ...cheap.ceilings, recall: 1, falseAlarmRate: 1 } };
    const { unmet, thresholds } = byType([near], strict);
    expect(unmet).toEqual([]);
    expect(thresholds.byType).toBeUndefined();
  });

  it('are none of a model that names a single type', () => {
    const only = {
      ...seen('clean', 1),
      scores: seen('clean', 1).scores.filter(({ type }) => type === 'dent'),
    };
    const { thresholds } = chooseThresholds([only], costs, {
      ...{ random: seededRandom(1), review: false, types: ['dent'] },
    });
    expect(thresholds.byType).toBeUndefined();
  });
});
