import { expect, test } from 'vitest';
import { oneIn } from '../../../../electron/contract/chances.ts';

test('a chance is said as the largest round number it lies below', () => {
  expect(oneIn(0.0009)).toBe(1000);
  expect(oneIn(0.001)).toBe(1000);
  expect(oneIn(0.0011)).toBe(500);
  expect(oneIn(0.049)).toBe(20);
  expect(oneIn(0.4)).toBe(2);
});

test('what may as well be luck is not put into such words, and nothing is said beyond one in a million', () => {
  expect(oneIn(0.6)).toBeNull();
  expect(oneIn(1)).toBeNull();
  expect(oneIn(0)).toBe(1_000_000);
  expect(oneIn(1e-12)).toBe(1_000_000);
});
