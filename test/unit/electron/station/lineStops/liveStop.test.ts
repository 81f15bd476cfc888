import { expect, test } from 'vitest';
import { lineRates } from '../../../../../electron/engine/calls/lineRates.ts';
import { testStarter, testStation, withCards } from '../../../../support/testStation.ts';

const patient = { timeout: 15_000 };
const disc = { kind: 'demo', part: 'disc', seed: 1, intervalMs: 10, defectRate: 0.1 } as const;

test('a running line raises a stop, tells the pages, and goes on counting after the acknowledgement', async () => {
  const station = await testStation({ starterDir: await testStarter(), prepare: withCards });
  const rules = { share: { ng: 2, parts: 50 }, consecutive: null, drift: false };
  await station.call('lineStop.setRules', { productId: 1, rules, reason: 'trial' });
  expect(await station.call('lineStop.rules', { productId: 1 })).toEqual(rules);
  const disturbances = { light: 0, blur: 0, noise: 0 };
  await station.call('source.change', { id: 1, config: { ...disc, disturbances } });

  const open = async () => (await station.call('station.snapshot', {})).lineStops;
  await expect.poll(async () => (await open()).length, patient).toBe(1);
  const [stop] = await open();
  expect(stop).toMatchObject({ productId: 1, sourceId: 1, cause: 'share', ng: 2, parts: 50 });
  expect(station.told('lineStops.changed').at(-1)).toEqual([stop]);

  await station.call('lineStop.acknowledge', { id: stop!.id, reason: 'seen' });
  await expect.poll(async () => (await open())[0]?.id, patient).toBe(stop!.id + 1);
  const trail = await station.call('audit.page', {
    before: null,
    limit: 100,
    filter: { ...noEnds, area: 'lineStop' },
  });
  expect(trail.entries.map(({ action }) => action)).toEqual([
    'lineStop.raise',
    'lineStop.acknowledge',
    'lineStop.raise',
    'lineStop.rules',
  ]);
  const list = await station.call('lineStop.list', {
    ...{ filter: { productId: 1, sourceId: null }, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
  });
  expect(list.raised.open).toBe(2);
});

const noEnds = { fromMs: null, toMs: null, text: null };

test('the trend of a running station is asked for by its channels', async () => {
  const station = await testStation({
    starterDir: await testStarter(),
    prepare: (engines) => {
      withCards(engines);
      engines.inspect.handle('lineRates', (job) => lineRates(job as Parameters<typeof lineRates>[0]));
    },
  });
  await expect.poll(() => station.told('parts.judged').length, patient).toBeGreaterThan(0);
  await station.call('intervention.note', { text: 'lens cleaned', productId: null });
  const { nowMs } = await station.call('station.snapshot', {});
  const filter = { productId: null, sourceId: null, modelId: null };
  const period = { filter, fromMs: nowMs - 3_600_000, toMs: nowMs + 3_600_000, by: 'shift' } as const;
  const chart = await station.call('trend.chart', { ...period, measure: 'ng', kind: 'p', baseline: null });
  expect(chart.groups.reduce((sum, { parts }) => sum + parts, 0)).toBeGreaterThan(0);
  expect(chart.total.ng?.of).toBe(chart.groups.reduce((sum, { parts }) => sum + parts, 0));
  expect(chart.escapes).toMatchObject({ groups: [], total: { share: null, judged: 0 } });
  const escapes = { ...period, by: 'hour', measure: 'escapes', kind: 'p', baseline: null } as const;
  const estimated = await station.call('trend.chart', escapes);
  expect(estimated.escapes.groups).toHaveLength(estimated.groups.length);
  expect(estimated.escapes.groups[0]!.passed).toBe(estimated.groups[0]!.ok);
  const { annotations } = await station.call('trend.annotations', period);
  expect(annotations).toMatchObject([{ action: 'intervention.note', what: 'lens cleaned' }]);
  expect((await station.call('trend.causes', period)).causes).toEqual([]);
});
