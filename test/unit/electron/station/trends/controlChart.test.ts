import { describe, expect, it } from 'vitest';
import type { EscapeEstimate } from '../../../../../electron/contract/lineRates.ts';
import type { ChartRequest, TrendGroup } from '../../../../../electron/contract/trends.ts';
import { controlChart } from '../../../../../electron/station/trends/controlChart.ts';
import { cusumFor } from '../../../../../electron/station/trends/cusumFor.ts';
import { totals } from '../../../../../electron/station/trends/totals.ts';
import { estimateEscapes } from '../../../../../native-models/evaluate/lineRates.ts';
import { designCusum } from '../../../../../native-models/statistics/controlCharts/cusum.ts';

const group = (parts: number, ng: number, given: Partial<TrendGroup> = {}): TrendGroup => ({
  ...{ parts, ok: parts - ng, ng, review: 0, errors: 0, falseAlarms: 0, escapes: 0, unconfirmed: ng },
  ...{ fromMs: 0, toMs: 1, name: null, lot: null, productId: null, modelId: null },
  ...{ ngUnconfirmed: ng, okChecked: 0, scoreMean: 0.2, latencyMeanMs: 40, latencyMaxMs: 60 },
  ...given,
});
type Asked = Pick<ChartRequest, 'by' | 'measure' | 'kind' | 'baseline'>;
const asked: Asked = { by: 'hour', measure: 'ng', kind: 'p', baseline: null };
/** An hour of 400 parts with 2 % NG; every other a little more or less. */
const calm = Array.from({ length: 20 }, (_, i) => group(400, 8 + (i % 2 === 0 ? 2 : -2)));

describe('a p-chart', () => {
  it('has the limits of the binomial distribution and names what a point breaks', () => {
    const { points } = controlChart([...calm, group(400, 40)], { ...asked, baseline: 20 });
    const half = 3 * Math.sqrt((0.02 * 0.98) / 400);
    expect(points[0]).toMatchObject({ value: 0.025, cl: 0.02, broken: [] });
    expect(points[0]?.ucl).toBeCloseTo(0.02 + half, 12);
    expect(points[0]?.lcl).toBe(0);
    expect(points.at(-1)?.broken).toContain('beyond3Sigma');
    expect(points.slice(0, -1).flatMap(({ broken }) => broken)).toEqual([]);
  });

  it('names eight in a row on one side only where groups follow each other', () => {
    const shifted = [...calm, ...Array.from({ length: 8 }, () => group(400, 11))];
    const broken = (by: Asked['by']) =>
      controlChart(shifted, { ...asked, by, baseline: 20 }).points.flatMap((point) => point.broken);
    expect(broken('hour')).toContain('eightOnOneSide');
    expect(broken('product')).toEqual([]);
  });

  it('draws no limits of too little', () => {
    expect(controlChart([group(400, 8)], asked).points).toEqual([]);
    expect(controlChart([], asked).points).toEqual([]);
  });
});

it('Laney allows for hours that really differ, where a p-chart calls nearly each of them', () => {
  const wild = Array.from({ length: 30 }, (_, i) => group(40_000, i % 3 === 0 ? 600 : 1000));
  const calls = (kind: 'p' | 'laney') =>
    controlChart(wild, { ...asked, kind }).points.filter(({ broken }) => broken.includes('beyond3Sigma'))
      .length;
  expect(calls('p')).toBeGreaterThan(20);
  expect(calls('laney')).toBe(0);
  expect(controlChart(wild, { ...asked, kind: 'laney' }).sigmaZ).toBeGreaterThan(3);
});

it.each(['ewma', 'cusum'] as const)('%s finds a small rise that lasts', (kind) => {
  const risen = [...calm, ...Array.from({ length: 12 }, () => group(400, 14))];
  const { points } = controlChart(risen, { ...asked, kind, baseline: 20 });
  expect(points.slice(0, 20).flatMap(({ broken }) => broken)).toEqual([]);
  expect(points.slice(20).some(({ broken }) => broken.includes('beyondLimit'))).toBe(true);
});

it('CUSUM of first-pass yield looks for a yield that falls', () => {
  const fallen = [...calm, ...Array.from({ length: 12 }, () => group(400, 16))];
  const { points } = controlChart(fallen, { ...asked, measure: 'firstPass', kind: 'cusum', baseline: 20 });
  expect(points.slice(20).some(({ broken }) => broken.length > 0)).toBe(true);
});

it('charts of means take individual values, and refuse charts of shares', () => {
  const slow = [
    ...calm.map((each, i) => ({ ...each, latencyMeanMs: 40 + (i % 3) })),
    group(400, 8, { latencyMeanMs: 90 }),
  ];
  const { points } = controlChart(slow, { ...asked, measure: 'latency', kind: 'individuals', baseline: 20 });
  expect(points.at(-1)?.broken).toContain('beyond3Sigma');
  expect(() => controlChart(slow, { ...asked, measure: 'latency', kind: 'p' })).toThrow(/badRequest/);
  expect(() => controlChart(slow, { ...asked, kind: 'individuals' })).toThrow(/badRequest/);
});

it('the CUSUM of a rare kind is within 1 % of the exact one, and there is none without a part of the kind', () => {
  const groups = Array.from({ length: 10 }, () => ({ count: 1, of: 1000 }));
  const exact = designCusum({ inControl: 0.002, outOfControl: 0.004, runLength: 370_000 });
  expect(cusumFor(0.002, groups)!.limit / exact.limit).toBeCloseTo(1, 1.7);
  expect(cusumFor(0.002, groups)!.reference / exact.reference).toBeCloseTo(1, 1.7);
  expect(cusumFor(0, groups)).toBeNull();
  expect(cusumFor(0.6, groups)).toBeNull();
});

it('totals say how many false alarms there may be at most', () => {
  const { total, falseAlarmsAtMost } = totals(
    [group(1000, 10, { falseAlarms: 3, ngUnconfirmed: 5 })],
    estimateOf(0, 0),
  );
  expect(total.falseAlarms).toMatchObject({ value: 0.003, hits: 3, of: 1000 });
  expect(total.falseAlarms!.interval[0]).toBeLessThan(0.003);
  expect(falseAlarmsAtMost).toBe(0.008);
  expect(totals([], estimateOf(0, 0))).toEqual({
    total: expect.objectContaining({ ng: null, escapes: null }),
    falseAlarmsAtMost: null,
  });
});

function estimateOf(judged: number, escapes: number): EscapeEstimate {
  const found = estimateEscapes([{ passed: 100 * judged, judged, escapes, known: escapes }]);
  return { ...found, share: found.share && { ...found.share, interval: [...found.share.interval] } };
}

describe('escapes', () => {
  it('are those of the audit sample, with limits for the parts that were judged, and gaps where none was', () => {
    const judged = [...Array.from({ length: 20 }, (_, i) => estimateOf(100, i % 2)), estimateOf(0, 0)];
    const { points } = controlChart(
      judged.map(() => group(10_000, 0)),
      { ...asked, measure: 'escapes' },
      judged,
    );
    expect(points[1]!.value).toBeCloseTo(0.01, 12);
    expect(points[1]!.cl).toBeCloseTo(0.005, 12);
    expect(points[1]!.ucl).toBeCloseTo(0.005 + 3 * Math.sqrt((0.005 * 0.995) / 100), 12);
    expect(points.at(-1)).toMatchObject({ value: null, ucl: null, broken: [] });
    expect(controlChart([], { ...asked, measure: 'escapes' }, []).points).toEqual([]);
  });

  it('that rise are named, as those that people happened to call would not be', () => {
    const judged = Array.from({ length: 21 }, (_, i) => estimateOf(200, i === 20 ? 12 : 1));
    const { points } = controlChart(
      judged.map(() => group(10_000, 0, { escapes: 0 })),
      { ...asked, measure: 'escapes', baseline: 20 },
      judged,
    );
    expect(points.at(-1)!.broken).toContain('beyond3Sigma');
  });

  it('in total are the estimate of the period with its interval', () => {
    const { total } = totals([group(10_000, 0)], estimateOf(100, 2));
    expect(total.escapes).toMatchObject({ hits: 2, of: 100 });
    expect(total.escapes!.value).toBeCloseTo(0.02, 12);
    expect(total.escapes!.interval[1]).toBeGreaterThan(0.05);
  });
});
