import { expect, test } from 'vitest';
import { nearCeiling } from '../../../../electron/rollout/latencyGuard.ts';

test('three minutes above the ceiling trip it, one or two do not', () => {
  expect(nearCeiling([], 100)).toBe(0);
  expect(nearCeiling([120], 100)).toBeCloseTo(1 / 3);
  expect(nearCeiling([120, 130], 100)).toBeCloseTo(2 / 3);
  expect(nearCeiling([120, 130, 101], 100)).toBe(1);
});

test('a minute a little below neither counts nor clears, one well below begins anew', () => {
  expect(nearCeiling([120, 95, 120, 95, 120], 100)).toBe(1);
  expect(nearCeiling([120, 120, 89, 120, 120], 100)).toBeCloseTo(2 / 3);
  expect(nearCeiling([100, 100, 100], 100)).toBe(0);
});
