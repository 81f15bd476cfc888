import { describe, expect, it } from 'vitest';
import { batchTimes } from '../../../../native-models/smoothing/batchTimes.ts';

describe('batchTimes', () => {
  it('begins no batch that takes more than half of the time left', () => {
    const times = batchTimes();
    times.note(1, 2);
    times.note(2, 3);
    times.note(4, 5);
    expect(times.largestWithin(3.9, 64)).toBe(0);
    expect(times.largestWithin(4, 64)).toBe(1);
    expect(times.largestWithin(10, 64)).toBe(4);
    expect(times.largestWithin(10, 3)).toBe(2);
    // Not met yet: as long as twice the half.
    expect(times.largestWithin(20, 64)).toBe(8);
    expect(times.largestWithin(-1, 64)).toBe(0);
  });

  it('learns of slowness at once and forgets it slowly', () => {
    const times = batchTimes();
    times.note(1, 1);
    times.note(1, 10);
    expect(times.largestWithin(19, 1)).toBe(0);
    times.note(1, 1);
    expect(times.largestWithin(17, 1)).toBe(0);
    for (let i = 0; i < 60; i++) times.note(1, 1);
    expect(times.largestWithin(2.1, 1)).toBe(1);
  });

  it('says when batches get long', () => {
    const times = batchTimes();
    times.note(1, 20);
    expect(times.areShort).toBe(true);
    times.note(2, 40);
    expect(times.areShort).toBe(false);
  });

  it('try again in the long run what has taken too long once', () => {
    const times = batchTimes();
    times.note(1, 3);
    times.note(1, 400);
    const isTried = () => times.largestWithin(50, 8) > 0;
    expect(isTried()).toBe(false);
    times.relax();
    expect(isTried()).toBe(false);
    let parts = 1;
    for (; !isTried(); parts++) times.relax();
    expect(parts).toBeGreaterThan(20);
    expect(parts).toBeLessThan(300);
  });
});
