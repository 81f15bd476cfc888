import { describe, expect, it } from 'vitest';
import { planLanes } from '../../../../../electron/engine/lanes/plan.ts';

describe('planLanes', () => {
  it.each([
    // processors, lanes, threads alone, threads shared
    [1, 1, 1, 1],
    [2, 2, 2, 1],
    [4, 4, 4, 1],
    [8, 4, 4, 1],
    [16, 4, 8, 2],
  ])('on %i processors: %i lanes, %i threads for one part, %i for each of several', (processors, ...plan) => {
    const { lanes, threadsAlone, threadsShared } = planLanes('cpu', 0, processors);
    expect([lanes, threadsAlone, threadsShared]).toEqual(plan);
  });

  it('never uses more threads than it is given', () => {
    for (let threads = 1; threads <= 40; threads++) {
      const { lanes, threadsAlone, threadsShared } = planLanes('cpu', threads, 64);
      expect(threadsAlone).toBe(threads);
      expect(threadsShared).toBeGreaterThanOrEqual(1);
      expect(lanes * threadsShared).toBeLessThanOrEqual(threads);
    }
  });

  it('gives a device of its own kind one lane', () => {
    expect(planLanes('webgpu', 0, 16)).toEqual({
      provider: 'webgpu',
      lanes: 1,
      threadsAlone: 0,
      threadsShared: 0,
    });
  });
});
