import { expect, it } from 'vitest';
import { nearestRank } from '../../../../native-models/statistics/nearestRank.ts';

it('is one of the values, whatever their order', () => {
  const values = [7, 1, 5, 3];
  expect([0.25, 0.26, 0.5, 0.75, 1].map((share) => nearestRank(values, share))).toEqual([1, 3, 3, 5, 7]);
  expect(values).toEqual([7, 1, 5, 3]);
});

it('is the largest of few values, and of many the one that so few exceed', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(nearestRank(values.slice(0, 99), 0.99)).toBe(100);
  expect(nearestRank(values, 0.99)).toBe(99);
  expect(nearestRank(values, 0.95)).toBe(95);
  expect(nearestRank(new Float64Array([4]), 0.95)).toBe(4);
});
