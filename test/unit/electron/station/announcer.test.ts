import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../../electron/platform/clock.ts';
import { Announcer } from '../../../../electron/station/announcer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('announces the first at once, and thousands a second in ten announcements', async () => {
  const announced: number[][] = [];
  const announcer = new Announcer<number>(systemClock, 100, (items) => announced.push(items));
  announcer.add([0]);
  expect(announced).toEqual([[0]]);
  for (let n = 1; n < 1000; n++) {
    await vi.advanceTimersByTimeAsync(1);
    announcer.add([n]);
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(announced.length).toBeLessThanOrEqual(11);
  expect(announced.flat()).toEqual(Array.from({ length: 1000 }, (_, n) => n));
});

test('has nothing to say about nothing', () => {
  const announcer = new Announcer<number>(systemClock, 100, () => {
    throw new Error('announced');
  });
  announcer.add([]);
  announcer.flush();
});
