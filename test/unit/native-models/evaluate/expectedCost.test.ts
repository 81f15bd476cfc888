import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../../native-models/evaluate/conditions.ts';
import { compareCosts, expectedCost, smoothedCost } from '../../../../native-models/evaluate/expectedCost.ts';
import { stopsPerPart } from '../../../../native-models/evaluate/lineStops.ts';
import { seededRandom, type Random } from '../../../../native-models/random.ts';
import { condition, costModel } from './costModels.ts';

const at = { review: 0.5, ng: 0.8 };
const clean = condition('clean', 3, { ok: [0.1, 0.2, 0.6, 0.9], crack: [0.4, 1], stain: [0.9, 0.7] });
const noisy = condition('gaussian-noise/3', 1, { ok: [0.9, 0.9, 0.1, 0.1], crack: [1, 1], stain: [1, 1] });

describe('expectedCost', () => {
  it('bills each kind of part at the stated rate, not at that of the test set', () => {
    const { value, items, falseAlarmRate, escapeRate, reviewRate } = expectedCost([clean], at, costModel());
    // Of 1,000 parts 980 are good: a quarter false alarms, a quarter reviews. Of 20 defective ones a quarter
    // escapes and a quarter is a review.
    expect(items.falseAlarms).toBeCloseTo(245 * 100, 6);
    expect(items.escapes).toBeCloseTo(5 * 10_000, 6);
    expect(items.reviews).toBeCloseTo((245 + 5) * 30, 6);
    expect(items.lineStops).toBe(0);
    expect(value).toBeCloseTo(24_500 + 50_000 + 7_500, 6);
    expect([falseAlarmRate, escapeRate, reviewRate]).toEqual([0.25, 0.25, 0.25]);
  });

  it('mixes the conditions by their weights, and shows each by itself', () => {
    const cost = expectedCost([clean, noisy], at, costModel());
    expect(cost.byCondition.map(({ name, weight }) => [name, weight])).toEqual([
      ['clean', 0.75],
      ['gaussian-noise/3', 0.25],
    ]);
    expect(cost.byCondition[1]!.value).toBeCloseTo(490 * 100, 6);
    expect(cost.value).toBeCloseTo(0.75 * 82_000 + 0.25 * 49_000, 6);
    expect(cost.falseAlarmRate).toBeCloseTo(0.75 * 0.25 + 0.25 * 0.5, 12);
    const { falseAlarms, escapes, reviews, lineStops } = cost.items;
    expect(falseAlarms + escapes + reviews + lineStops).toBeCloseTo(cost.value, 6);
  });

  it('takes costs and rates by type of defect where they are stated', () => {
    const costs = costModel({
      escapeByType: { crack: 80_000 },
      defectRate: 0.02,
      defectRateByType: { crack: 0.005, stain: 0.015 },
    });
    const { items, escapeRate } = expectedCost([clean], at, costs);
    expect(items.escapes).toBeCloseTo(1000 * 0.005 * 0.5 * 80_000, 6);
    expect(escapeRate).toBeCloseTo((0.005 * 0.5) / 0.02, 12);
  });

  it('lets an untested type behave as the tested ones at its own cost, and says so', () => {
    const costs = costModel({
      defectRate: 0.01,
      defectRateByType: { burr: 0.01 },
      escapeByType: { burr: 7 },
    });
    const { items, claims } = expectedCost([clean], at, costs);
    expect(items.escapes).toBeCloseTo(1000 * 0.01 * 0.25 * 7, 9);
    expect(claims).toContainEqual({ kind: 'typeUntested', type: 'burr' });
    expect(claims).toContainEqual({ kind: 'typeUnstated', type: 'crack' });
  });

  it('adds the stops of each condition', () => {
    const lineStop = { cost: 5000, ng: 2, parts: 10 };
    const { lineStops, items } = expectedCost([clean, noisy], at, costModel({ lineStop }));
    const stops = (rate: number) => 1000 * stopsPerPart(rate, lineStop);
    const expected = 0.75 * stops(0.98 * 0.25 + 0.02 * 0.5) + 0.25 * stops(0.98 * 0.5 + 0.02);
    expect(lineStops).toBeCloseTo(expected, 9);
    expect(items.lineStops).toBeCloseTo(5000 * expected, 6);
  });

  it('sends what could not be judged to review', () => {
    const unjudged = condition('clean', 1, { ok: [null, 0.1], crack: [null] });
    const { items, reviewRate } = expectedCost([unjudged], at, costModel());
    expect(items).toMatchObject({ falseAlarms: 0, escapes: 0 });
    expect(reviewRate).toBeCloseTo(0.98 * 0.5 + 0.02, 12);
  });

  it('knows what it cannot know with one kind of part', () => {
    const good = expectedCost([condition('clean', 1, { ok: [0.1, 0.9] })], at, costModel());
    expect(good).toMatchObject({ escapeRate: null, falseAlarmRate: 0.5 });
    expect(good.claims).toContainEqual({ kind: 'noDefects' });
    const bad = expectedCost([condition('clean', 1, { crack: [0.1, 0.9] })], at, costModel());
    expect(bad).toMatchObject({ escapeRate: 0.5, falseAlarmRate: null });
    expect(bad.claims).toContainEqual({ kind: 'noGoodParts' });
  });

  it.each([
    ['no parts', [condition('clean', 1, {})]],
    ['other parts', [clean, condition('noise', 1, { ok: [0.1] })]],
    ['no weight', [condition('clean', 0, { ok: [0.1] })]],
  ])('refuses %s', (_, conditions) => {
    expect(() => expectedCost(conditions, at, costModel())).toThrow(RangeError);
  });
});

/** Parts whose scores spread around their kind, `groupSpread` of it shared within groups of ten. */
function drawn(random: Random, good: number, defective: number, groupSpread = 0): Condition {
  const part = (label: string, centre: number) => (_: unknown, i: number) => {
    const group = `${label} ${Math.floor(i / 10)}`;
    const shared = groupSpread * random.fork(group).normal();
    return { label, score: centre + shared + Math.sqrt(1 - groupSpread ** 2) * random.normal(), group };
  };
  const scores = [
    ...Array.from({ length: good }, part('ok', 0)),
    ...Array.from({ length: defective }, part('crack', 3)),
  ];
  return { name: 'clean', weight: 1, scores };
}

describe('the interval', () => {
  const thresholds = { review: 1.5, ng: 1.5 };
  const interval = (parts: Condition, seed = 1) =>
    expectedCost([parts], thresholds, costModel(), { random: seededRandom(seed), replicates: 400 }).interval!;

  it('is repeated by its seed and holds the value', () => {
    const parts = drawn(seededRandom(2), 200, 40);
    expect(interval(parts)).toEqual(interval(parts));
    expect(interval(parts)).not.toEqual(interval(parts, 2));
    const { value } = expectedCost([parts], thresholds, costModel());
    expect(interval(parts)[0]).toBeLessThan(value);
    expect(interval(parts)[1]).toBeGreaterThan(value);
  });

  it('holds the true cost in about 95 of 100 test sets', () => {
    // P(N(0,1) ≥ 1.5) on both sides.
    const error = 0.0668072;
    const truth = 1000 * (0.98 * error * 100 + 0.02 * error * 10_000);
    const random = seededRandom(3);
    let held = 0;
    for (let set = 0; set < 200; set++) {
      const scores = drawn(random, 150, 150).scores.map((part) => ({ ...part, group: null }));
      const [low, high] = interval({ name: 'clean', weight: 1, scores }, set);
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(180);
    expect(held).toBeLessThanOrEqual(199);
  });

  it('is wider when parts of a group fail together', () => {
    const parts = drawn(seededRandom(4), 300, 100, 0.9);
    const apart = parts.scores.map((part) => ({ ...part, group: null }));
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(interval(parts))).toBeGreaterThan(1.3 * width(interval({ ...parts, scores: apart })));
  });
});

describe('smoothedCost', () => {
  const good = [0.1, 0.12, 0.14, 0.16];
  const of = (crack: number[]) => {
    const conditions = [condition('clean', 1, { ok: good, crack })];
    return {
      exact: expectedCost(conditions, at, costModel()).value,
      smooth: smoothedCost(conditions, at, costModel()),
    };
  };

  it('is the expected cost where no part is near a threshold', () => {
    const { exact, smooth } = of([9, 9.1, 9.2, 9.3]);
    expect([exact, smooth]).toEqual([0, 0]);
  });

  it('tells apart detectors of equal cost by how near to a threshold their parts lie', () => {
    const far = of([3, 4, 5, 6]);
    const near = of([0.9, 4, 5, 6]);
    expect(near.exact).toBe(far.exact);
    expect(near.smooth).toBeGreaterThan(far.smooth);
  });

  it('counts a part that could not be judged as a review', () => {
    const conditions = [condition('clean', 1, { ok: good, crack: [9, 9.1, NaN, 9.3] })];
    const { items } = expectedCost(conditions, at, costModel());
    expect(smoothedCost(conditions, at, costModel())).toBeCloseTo(items.reviews, 6);
  });
});

describe('compareCosts', () => {
  const random = seededRandom(6);
  const one = drawn(random, 200, 60);
  const thresholds = { review: 1.2, ng: 1.5 };
  const resampling = () => ({ random: seededRandom(7), replicates: 400 });

  it('finds no difference between a detector and itself', () => {
    const same = { conditions: [one], thresholds };
    expect(compareCosts(same, same, costModel(), resampling())).toEqual({ difference: 0, interval: [0, 0] });
  });

  it('sees a small gain on the same parts that the two intervals alone would not show', () => {
    // The second detector scores every fifth good part a little lower.
    const better = one.scores.map((part, i) =>
      part.label === 'ok' && i % 5 === 0
        ? { ...part, score: part.score! - 0.8, group: null }
        : { ...part, group: null },
    );
    const scores = one.scores.map((part) => ({ ...part, group: null }));
    const first = { conditions: [{ ...one, scores }], thresholds };
    const second = { conditions: [{ ...one, scores: better }], thresholds };
    const costs = costModel();
    const { difference, interval } = compareCosts(first, second, costs, resampling());
    const cost = ({ conditions }: typeof first) => expectedCost(conditions, thresholds, costs, resampling());
    expect(difference).toBeCloseTo(cost(second).value - cost(first).value, 6);
    expect(interval[1]).toBeLessThan(0);
    expect(cost(first).interval![0]).toBeLessThan(cost(second).interval![1]);
  });

  it('refuses detectors that judged different parts', () => {
    const other = { conditions: [condition('clean', 1, { ok: [1] })], thresholds };
    expect(() => compareCosts({ conditions: [one], thresholds }, other, costModel(), resampling())).toThrow(
      RangeError,
    );
  });
});
