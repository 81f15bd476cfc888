import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLatency,
  decodeHistogram,
  encodeHistogram,
  latencyBin,
  mergeHistogram,
  percentile,
  type LatencyHistogram,
} from '../../electron/store/latencyHistogram.ts';

const histogramOf = (latencies: readonly number[]) => {
  const histogram: LatencyHistogram = new Map();
  for (const ms of latencies) addLatency(histogram, ms);
  return histogram;
};
const latency = fc.double({ min: 0.1, max: 800_000, minExcluded: true, noNaN: true });

describe('the latency histogram', () => {
  it('finds any percentile within 9 %', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, p) => {
          const exact = all.toSorted((a, b) => a - b)[Math.ceil(p * all.length) - 1] as number;
          const found = percentile(histogramOf(all), p) as number;
          expect(Math.abs(found / exact - 1)).toBeLessThan(0.0906);
        },
      ),
      { seed: 1 },
    );
  });

  it('adds up, and survives being written and read', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (some, others) => {
        const sum = histogramOf(some);
        mergeHistogram(sum, histogramOf(others));
        expect(sum).toEqual(histogramOf([...some, ...others]));
        expect(decodeHistogram(encodeHistogram(sum))).toEqual(sum);
      }),
      { seed: 2 },
    );
  });

  it('takes zero, the absurd and what is not a number', () => {
    expect([0, 0.1, Number.NaN].map(latencyBin)).toEqual([0, 0, 0]);
    expect([1e9, Infinity].map(latencyBin)).toEqual([93, 93]);
    expect(percentile(new Map(), 0.5)).toBeNull();
  });
});
