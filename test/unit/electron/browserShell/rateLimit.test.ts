import { expect, test } from 'vitest';
import { RateLimit } from '../../../../electron/browserShell/rateLimit.ts';
import { handClock } from '../../../support/shellFixtures.ts';

test('lets a burst through, then only the steady rate', () => {
  const clock = handClock();
  const limit = new RateLimit(clock, 3, 10);
  expect([1, 1, 1, 1].map((amount) => limit.take(amount))).toEqual([true, true, true, false]);
  clock.advance(99);
  expect(limit.take(1)).toBe(false);
  clock.advance(2);
  expect(limit.take(1)).toBe(true);
  clock.advance(60_000);
  expect(limit.take(4)).toBe(false);
  expect(limit.take(3)).toBe(true);
});
