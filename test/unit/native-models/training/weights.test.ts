import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { clipByGlobalNorm, globalNorm } from '../../../../native-models/training/clipping.ts';
import { WeightAverage } from '../../../../native-models/training/weightAverage.ts';

describe('gradient clipping', () => {
  const gradients = () =>
    new Map([
      ['a', Float32Array.of(3, 0)],
      ['b', Float32Array.of(0, 4)],
    ]);

  it('keeps the direction and limits the length over all tensors', () => {
    const clipped = gradients();
    expect(clipByGlobalNorm(clipped, 1)).toBe(5);
    expect(globalNorm(clipped)).toBeCloseTo(1);
    expect(clipped.get('a')![0]! / clipped.get('b')![1]!).toBeCloseTo(3 / 4);
  });

  it('leaves short gradients alone', () => {
    const short = gradients();
    clipByGlobalNorm(short, 5);
    expect(short).toEqual(gradients());
  });
});

describe('weight average', () => {
  it('starts at the first weights and follows slowly', () => {
    const average = new WeightAverage(0.75);
    const weights = new Map([['w', Float32Array.of(1)]]);
    average.update(weights);
    weights.get('w')![0] = 5;
    expect(average.weights.get('w')).toEqual(Float32Array.of(1));
    average.update(weights);
    expect(average.weights.get('w')).toEqual(Float32Array.of(2));
  });

  it('goes on from where it was, bit for bit', () => {
    const random = seededRandom(2);
    const shown = Array.from({ length: 6 }, () => new Map([['w', Float32Array.from([random.normal(), 1])]]));
    const whole = new WeightAverage(0.9);
    for (const weights of shown) whole.update(weights);
    const first = new WeightAverage(0.9);
    for (const weights of shown.slice(0, 3)) first.update(weights);
    const saved = new Map([...first.weights].map(([name, values]) => [name, values.slice()]));
    const resumed = new WeightAverage(0.9, saved);
    for (const weights of shown.slice(3)) resumed.update(weights);
    expect(resumed.weights).toEqual(whole.weights);
  });
});
