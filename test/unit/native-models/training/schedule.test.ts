import { describe, expect, it } from 'vitest';
import { schedule } from '../../../../native-models/training/schedule.ts';

const rates = (options: Parameters<typeof schedule>[0], steps: number) =>
  Array.from({ length: steps }, (_, step) => schedule(options)(step, steps));

describe('learning-rate schedule', () => {
  it('climbs from above 0 to the rate and then falls along half a cosine', () => {
    const [first, second, third, top, ...rest] = rates({ rate: 0.4, shape: 'cosine', warmUp: 0.3 }, 10);
    expect([first, second, third, top]).toEqual([0.1, 0.2, 0.30000000000000004, 0.4]);
    expect(rest.every((rate, i) => rate < [top!, ...rest][i]!)).toBe(true);
    expect(rest.at(-1)).toBeGreaterThan(0);
  });

  it('falls linearly towards 0', () => {
    rates({ rate: 1, shape: 'linear' }, 4).forEach((rate, i) => expect(rate).toBeCloseTo(1 - i / 4));
  });

  it('drops at its milestones', () => {
    const [a, b, c, d] = rates({ rate: 1, shape: 'step', milestones: [0.5, 0.75], factor: 0.1 }, 4);
    expect([a, b]).toEqual([1, 1]);
    expect(c).toBeCloseTo(0.1);
    expect(d).toBeCloseTo(0.01);
  });

  it('stays', () => {
    expect(new Set(rates({ rate: 0.2, shape: 'constant' }, 5))).toEqual(new Set([0.2]));
  });
});
