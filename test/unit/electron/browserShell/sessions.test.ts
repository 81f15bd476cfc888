import { expect, test } from 'vitest';
import { Sessions } from '../../../../electron/browserShell/sessions.ts';
import { handClock } from '../../../support/shellFixtures.ts';

test('a token opens one session and is then worth nothing', () => {
  const sessions = new Sessions(handClock());
  const token = sessions.newToken();
  const session = sessions.exchange(token);
  expect(session).toMatch(/^[\w-]{43}$/);
  expect(sessions.has(session)).toBe(true);
  expect(sessions.exchange(token)).toBeNull();
});

test('made-up tokens and sessions are refused', () => {
  const sessions = new Sessions(handClock());
  const token = sessions.newToken();
  expect(sessions.exchange('')).toBeNull();
  expect(sessions.exchange(`${token}x`)).toBeNull();
  expect(sessions.has(token)).toBe(false);
  expect(sessions.has(null)).toBe(false);
});

test('a token with a time limit dies of age', () => {
  const clock = handClock();
  const sessions = new Sessions(clock);
  const early = sessions.newToken(60_000);
  const late = sessions.newToken(60_000);
  clock.advance(60_000);
  expect(sessions.exchange(early)).not.toBeNull();
  clock.advance(1);
  expect(sessions.exchange(late)).toBeNull();
});

test('screens get sessions of their own; unused links do not pile up', () => {
  const sessions = new Sessions(handClock());
  const first = sessions.newToken();
  const one = sessions.exchange(sessions.newToken());
  const two = sessions.exchange(sessions.newToken());
  expect(one).not.toBe(two);
  expect(sessions.has(one) && sessions.has(two)).toBe(true);
  for (let i = 0; i < 64; i++) sessions.newToken();
  expect(sessions.exchange(first)).toBeNull();
});
