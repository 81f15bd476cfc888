import { describe, expect, test } from 'vitest';
import { PerformanceWindow } from '../../../../electron/station/performanceWindow.ts';

const latency = (inferMs: number) => ({ waitMs: 1e6, decodeMs: 1, inferMs, smoothMs: 2, storeMs: 3 });

describe('processing time', () => {
  test('is unknown before the first part', () => {
    expect(new PerformanceWindow().read(0)).toEqual({
      nowMs: null,
      averageMs: null,
      p95Ms: null,
      maxMs: null,
      partsPerMinute: 0,
    });
  });

  test('is newest, mean, 95th percentile and maximum, without the wait', () => {
    const window = new PerformanceWindow();
    for (let n = 1; n <= 100; n++) window.add(latency(n), n);
    expect(window.read(100)).toMatchObject({ nowMs: 106, averageMs: 56.5, p95Ms: 101, maxMs: 106 });
  });

  test('forgets all but the last 300 parts', () => {
    const window = new PerformanceWindow();
    window.add(latency(9_000), 0);
    for (let n = 0; n < 300; n++) window.add(latency(4), n);
    expect(window.read(300)).toMatchObject({ averageMs: 10, maxMs: 10 });
  });
});

describe('parts per minute', () => {
  test('is the rate of a steady line, from its second part on', () => {
    const window = new PerformanceWindow();
    for (let n = 0; n < 5; n++) window.add(latency(1), n * 2_000);
    expect(window.read(8_000).partsPerMinute).toBeCloseTo(30);
    expect(window.read(9_500).partsPerMinute).toBeCloseTo(30);
  });

  test('is right for a line faster than the window is long', () => {
    const window = new PerformanceWindow();
    for (let n = 0; n < 2_000; n++) window.add(latency(1), n * 10);
    expect(window.read(19_990).partsPerMinute).toBeCloseTo(6_000);
  });

  test('falls when parts stop coming, to nothing after a minute', () => {
    const window = new PerformanceWindow();
    for (let n = 0; n < 10; n++) window.add(latency(1), n * 1_000);
    expect(window.read(30_000).partsPerMinute).toBeLessThan(25);
    expect(window.read(70_000).partsPerMinute).toBe(0);
  });
});
