import { describe, expect, it } from 'vitest';
import { reckonPayback, type CostItem } from '../../../../native-models/evaluate/payback.ts';
import { stopsPerPart } from '../../../../native-models/evaluate/lineStops.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const alarms: CostItem = {
  ...{ name: 'falseAlarms', costEach: 100 },
  before: [{ name: 'ng', hits: 190, of: 10_000 }],
  after: [{ name: 'ng', hits: 70, of: 10_000 }],
};
const reckon = (items: readonly CostItem[], given = {}, seed = 1) =>
  reckonPayback({
    ...{ items, partsPerMonth: 50_000, investment: 300_000, runningPerMonth: 0, months: 12 },
    ...{ random: seededRandom(seed), replicates: 2000 },
    ...given,
  });

describe('payback', () => {
  it('multiplies what was counted by what it costs, and tells when that has paid', () => {
    const { items, monthly, paybackMonths, curve } = reckon([alarms]);
    expect(monthly.value).toBeCloseTo(50_000 * 100 * 0.012, 6);
    expect(items[0]!.isShown).toBe(true);
    expect(paybackMonths.value).toBeCloseTo(300_000 / 60_000, 6);
    expect(paybackMonths.interval[0]!).toBeLessThan(5);
    expect(paybackMonths.interval[1]!).toBeGreaterThan(5);
    expect(curve).toHaveLength(13);
    expect(curve[0]).toEqual({ value: -300_000, interval: [-300_000, -300_000] });
    expect(curve[5]!.value).toBeCloseTo(0, 6);
  });

  it('says which savings may be chance, and sums the others by themselves', () => {
    const chance: CostItem = {
      ...{ name: 'escapes', costEach: 1_000_000 },
      before: [{ name: 'escapes', hits: 1, of: 200 }],
      after: [{ name: 'escapes', hits: 0, of: 200 }],
    };
    const { items, monthly, shownMonthly } = reckon([alarms, chance]);
    expect(items.map(({ isShown }) => isShown)).toEqual([true, false]);
    expect(monthly.value).toBeGreaterThan(shownMonthly.value * 10);
    expect(shownMonthly).toEqual(reckon([alarms]).monthly);
    expect(monthly.interval[0]).toBeLessThan(0);
  });

  it('never pays back where nothing is saved, and costs of running count against it', () => {
    const same = { ...alarms, after: alarms.before };
    expect(reckon([same]).paybackMonths).toMatchObject({ value: null });
    expect(reckon([same]).items[0]!.isShown).toBe(false);
    const { monthly, paybackMonths } = reckon([alarms], { runningPerMonth: 70_000 });
    expect(monthly.value).toBeCloseTo(-10_000, 6);
    expect(paybackMonths.value).toBeNull();
  });

  it('reckons stops by the rule of the line, and products of shares', () => {
    const stops: CostItem = {
      ...{ name: 'stops', costEach: 5000, stopRule: { ng: 3, parts: 20 } },
      ...{ before: alarms.before, after: alarms.after },
    };
    const factors = {
      ...alarms,
      before: [
        { name: 'ng', hits: 400, of: 10_000 },
        { name: 'falseAlarms', hits: 30, of: 60 },
      ],
    };
    const { items } = reckon([stops, factors]);
    expect(items[0]!.before.value).toBeCloseTo(stopsPerPart(0.019, { ng: 3, parts: 20 }), 12);
    expect(items[1]!.before.value).toBeCloseTo(0.02, 12);
  });

  it('draws what two items hang on once: they rise and fall together, and their sum is as unsure as both', () => {
    const other = { ...alarms, name: 'stops' };
    const apart = {
      ...other,
      before: [{ ...alarms.before[0]!, name: 'other' }],
      after: [{ ...alarms.after[0]!, name: 'other' }],
    };
    const width = ({ monthly: { interval } }: ReturnType<typeof reckon>) => interval[1] - interval[0];
    const one = width(reckon([alarms]));
    expect(width(reckon([alarms, other])) / one).toBeCloseTo(2, 6);
    // Of independent ones chance cancels out in part.
    expect(width(reckon([alarms, apart])) / one).toBeLessThan(1.6);
  });

  it('holds the true saving in its interval in about 95 of 100 records', () => {
    const random = seededRandom(3);
    const hits = (of: number, rate: number) => {
      let count = 0;
      for (let i = 0; i < of; i++) if (random.uniform() < rate) count++;
      return count;
    };
    let held = 0;
    const runs = 300;
    for (let i = 0; i < runs; i++) {
      const item = {
        ...alarms,
        before: [{ name: 'ng', hits: hits(1500, 0.02), of: 1500 }],
        after: [{ name: 'ng', hits: hits(1500, 0.01), of: 1500 }],
      };
      const { interval } = reckon([item], { replicates: 400 }, i).monthly;
      if (interval[0] <= 50_000 && 50_000 <= interval[1]) held++;
    }
    expect(held / runs).toBeGreaterThan(0.92);
    expect(held / runs).toBeLessThan(0.985);
  });
});
