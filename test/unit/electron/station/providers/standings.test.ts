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

describe('half precision', () => {
  const inHalf = (p50Ms: number, agrees = true): Tried => {
    const { measurement } = measured(8);
    return { measurement: { ...measurement, half: { parity: { ...measurement.parity, agrees }, p50Ms } } };
  };
  const precisionOf = (webgpu: Tried) =>
    standings(
      new Map<ProviderName, Tried>([
        ['cpu', measured(10)],
        ['webgpu', webgpu],
      ]),
    ).map(({ standing, precision }) => [standing, precision])[1];

  it('is judged in where its verdicts are the same and it is clearly faster', () => {
    expect(precisionOf(inHalf(4))).toEqual(['fastest', 'half']);
    expect(precisionOf(inHalf(7.9))).toEqual(['fastest', 'single']);
    expect(precisionOf(inHalf(1, false))).toEqual(['fastest', 'single']);
  });

  it('must hold on every detector in use', () => {
    const unable: Tried = {
      measurement: { ...measured(8).measurement, half: { parity: null, reason: 'no f16' } },
    };
    expect(worstOf([inHalf(4), inHalf(6)]).measurement?.half).toMatchObject({ p50Ms: 6 });
    expect(precisionOf(worstOf([inHalf(4), inHalf(1, false)]))).toEqual(['fastest', 'single']);
    expect(worstOf([inHalf(4), unable]).measurement?.half).toEqual({ parity: null, reason: 'no f16' });
    expect(worstOf([inHalf(4), measured(8)]).measurement?.half).toBeNull();
  });
});

describe('a limit of memory', () => {
  const large = { measurement: { ...measured(1).measurement, grownBytes: 2_000 * 1024 * 1024 } };
  const tried = new Map([
    ['cpu', { ...large }],
    ['webgpu', large],
  ] as [ProviderName, Tried][]);

  it('keeps parts off a device that needs more, but never off the processor', () => {
    expect(standings(tried, 1_000).map(({ standing }) => standing)).toEqual(['fastest', 'tooLarge']);
    expect(standings(tried, 4_000).map(({ standing }) => standing)).toEqual(['fastest', 'slower']);
    expect(worstOf([large, large]).measurement?.grownBytes).toBe(4_000 * 1024 * 1024);
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
