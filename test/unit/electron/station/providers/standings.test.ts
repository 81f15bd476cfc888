import { describe, expect, it } from 'vitest';
import type { ProviderMeasurement, ProviderName } from '../../../../../electron/contract/providers.ts';
import { standings, worstOf, type Tried } from '../../../../../electron/station/providers/standings.ts';

function measured(p50Ms: number, agrees = true): Tried & { measurement: ProviderMeasurement } {
  const parity = { agrees, pictures: 10, worst: agrees ? 1e-5 : 0.2, flips: agrees ? 0 : 3, closeFlips: 0 };
  return { measurement: { parity, p50Ms, p95Ms: p50Ms + 1, openMs: 100 } };
}
const failed: Tried = { measurement: null, error: { kind: 'providerUnavailable', params: {} } };

function standing(tried: Partial<Record<ProviderName, Tried>>) {
  const trials = standings(new Map(Object.entries(tried) as [ProviderName, Tried][]));
  return Object.fromEntries(trials.map((trial) => [trial.provider, trial.standing]));
}

describe('standings', () => {
  it('leaves the processor only for a device that is clearly faster', () => {
    expect(standing({ cpu: measured(10), webgpu: measured(4) })).toEqual({
      cpu: 'slower',
      webgpu: 'fastest',
    });
    expect(standing({ cpu: measured(10), webgpu: measured(9) })).toEqual({
      cpu: 'fastest',
      webgpu: 'slower',
    });
  });

  it('never lets a device judge whose scores differ, however fast', () => {
    expect(standing({ cpu: measured(10), webgpu: measured(1, false), cuda: measured(5) })).toEqual({
      cpu: 'slower',
      webgpu: 'differs',
      cuda: 'fastest',
    });
  });

  it('keeps the processor where nothing else can be had', () => {
    expect(standing({ cpu: measured(10), webgpu: failed })).toEqual({ cpu: 'fastest', webgpu: 'failed' });
  });
});

describe('worstOf', () => {
  it('is as slow as the slowest detector and as wrong as the wrongest', () => {
    const { measurement } = worstOf([measured(3), measured(8, false)]);
    expect(measurement).toMatchObject({
      p50Ms: 8,
      parity: { agrees: false, pictures: 20, worst: 0.2, flips: 3 },
    });
  });

  it('has failed when it failed on one', () => {
    expect(worstOf([measured(3), failed])).toEqual(failed);
  });
});
