import { expect, test } from 'vitest';
import type { ProviderMeasurement, ProviderName } from '../../../../../electron/contract/providers.ts';
import { testStarter, testStation, withCards } from '../../../../support/testStation.ts';

const parity = { agrees: true, pictures: 2, worst: 1e-6, flips: 0, closeFlips: 0 };
const measured = (p50Ms: number): ProviderMeasurement => ({ parity, p50Ms, p95Ms: p50Ms, openMs: 1 });

test('a line that starts again with a model the device was not compared on is judged by the processor', async () => {
  const on = await testStation({
    starterDir: await testStarter(),
    prepare: (engines) => {
      withCards(engines);
      engines.inspect.handle('configure', ({ provider }) => ({ provider, pid: 1, atOnce: 1 }));
      engines.train.handle('providers', () => ({ offered: ['cpu', 'webgpu'], runtime: '1.30' }));
      engines.train.handle('tryProvider', ({ provider }) => measured(provider === 'cpu' ? 20 : 2));
    },
  });
  const configured = () =>
    on.inspect.calls
      .filter(({ name }) => name === 'configure')
      .map(({ request }) => (request as { provider: ProviderName }).provider);
  await on.call('provider.measure', {});
  expect(configured()).toEqual(['webgpu']);
  await on.call('source.change', { id: 2, paused: false });
  expect(configured()).toEqual(['webgpu', 'cpu']);
  // With the model that was compared alone, the device judges again.
  await on.call('source.change', { id: 2, paused: true });
  expect(configured()).toEqual(['webgpu', 'cpu', 'webgpu']);
});
