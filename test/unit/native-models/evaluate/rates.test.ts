import { describe, expect, it } from 'vitest';
import { clopperPearsonRate, wilsonRate } from '../../../../native-models/evaluate/rates.ts';

describe('wilsonRate', () => {
  it('gives the interval of the published example', () => {
    // Newcombe, Statistics in Medicine 1998, table I: 81/263 → 0.2553 to 0.3662.
    const rate = wilsonRate(81, 263)!;
    expect(rate.value).toBeCloseTo(0.308, 4);
    expect(rate.interval[0]).toBeCloseTo(0.2553, 4);
    expect(rate.interval[1]).toBeCloseTo(0.3662, 4);
  });

  it('stays within 0 and 1 at the ends', () => {
    // Same table: 0/20 → 0 to 0.1611.
    expect(wilsonRate(0, 20)!.interval[0]).toBe(0);
    expect(wilsonRate(0, 20)!.interval[1]).toBeCloseTo(0.1611, 4);
    expect(wilsonRate(20, 20)!.interval[1]).toBe(1);
  });

  it('says nothing about nothing', () => {
    expect(wilsonRate(0, 0)).toBeNull();
    expect(clopperPearsonRate(0, 0)).toBeNull();
  });
});

describe('clopperPearsonRate', () => {
  it('gives the interval of the published example', () => {
    // Newcombe 1998, table I: 81/263 → 0.2527 to 0.3676; 1/29 → 0.0009 to 0.1776.
    const many = clopperPearsonRate(81, 263)!;
    expect(many.interval[0]).toBeCloseTo(0.2527, 4);
    expect(many.interval[1]).toBeCloseTo(0.3676, 4);
    const few = clopperPearsonRate(1, 29)!;
    expect(few.interval[0]).toBeCloseTo(0.0009, 4);
    expect(few.interval[1]).toBeCloseTo(0.1776, 4);
  });

  it('follows the closed form where there is one: no hits among n', () => {
    expect(clopperPearsonRate(0, 50)!.interval[1]).toBeCloseTo(1 - 0.025 ** (1 / 50), 10);
  });
});
