import { describe, expect, it } from 'vitest';
import { everything } from '../../../electron/contract/history.ts';
import type { TrendGroup } from '../../../electron/contract/trends.ts';
import { placeOf } from '../../../renderer/src/charts/controlChart.ts';
import { TrendsState } from '../../../renderer/src/state/trends.svelte.ts';
import { pageStates } from './pageStates.ts';

const group: TrendGroup = {
  ...{ parts: 10, ok: 8, ng: 2, review: 0, errors: 0, falseAlarms: 1, escapes: 0, unconfirmed: 1 },
  ...{ fromMs: 1000, toMs: 2000, name: null, lot: null, productId: null, modelId: null },
  ...{ ngUnconfirmed: 1, okChecked: 0, scoreMean: 0.2, latencyMeanMs: 40, latencyMaxMs: 60 },
};

async function trendsState() {
  const { station, history } = await pageStates();
  return { history, trends: new TrendsState(station, history) };
}

describe('the trends of the page', () => {
  it('list the parts behind a point: its time, the filter, and what the measure counts', async () => {
    const { history, trends } = await trendsState();
    await trends.setFilter({ productId: 1 });
    await trends.chooseMeasure('falseAlarms');
    trends.openParts(group);
    expect(history.filter).toEqual({
      ...everything,
      ...{ productId: 1, fromMs: 1000, toMs: 2000, verdicts: ['NG'], human: 'overridden' },
    });
  });

  it('find a lot by its name, wherever its parts lie, and a model by itself', async () => {
    const { history, trends } = await trendsState();
    await trends.chooseMeasure('score');
    trends.openParts({ ...group, name: 'L1', lot: 'L1' });
    expect(history.filter).toEqual({ ...everything, text: 'L1' });
    trends.openParts({ ...group, modelId: 3 });
    expect(history.filter).toMatchObject({ modelId: 3, fromMs: 1000, text: null });
  });

  it('take a kind of chart that the measure has', async () => {
    const { trends } = await trendsState();
    await trends.chooseKind('cusum');
    await trends.chooseMeasure('latency');
    expect(trends.kind).toBe('individuals');
    await trends.chooseKind('ewma');
    await trends.chooseMeasure('ng');
    expect(trends.kind).toBe('ewma');
  });

  it('divide a period as it is usually divided, but leave lots, products and models as chosen', async () => {
    const { trends } = await trendsState();
    await trends.choosePeriod('today');
    expect(trends.by).toBe('hour');
    await trends.divide('lot');
    await trends.choosePeriod('month');
    expect(trends.by).toBe('lot');
  });
});

it('a mark lies within its group, or between two groups where nothing was made', () => {
  const groups = [
    { fromMs: 0, toMs: 100 },
    { fromMs: 200, toMs: 300 },
  ];
  expect(placeOf(50, groups)).toBe(0);
  expect(placeOf(150, groups)).toBe(0.5);
  expect(placeOf(275, groups)).toBe(1.25);
  expect(placeOf(-1, groups)).toBeNull();
  expect(placeOf(300, groups)).toBeNull();
});
