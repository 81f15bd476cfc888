import { describe, expect, it } from 'vitest';
import { doublingStages, StagedTest } from '../../../../native-models/smoothing/stagedTest.ts';
import { lowerBound } from '../../../../native-models/statistics/binomial.ts';

const boundary = { p0: 0.8, q0: 0.2 };

function feed(test: StagedTest, hits: number, misses: number): StagedTest {
  for (let at = 0; at < hits; at++) test.add(true);
  for (let at = 0; at < misses; at++) test.add(false);
  return test;
}

describe('doublingStages', () => {
  it('doubles until the last, which ends where the looks do', () => {
    expect(doublingStages(64, 1000)).toEqual([64, 128, 256, 512, 1000]);
    expect(doublingStages(64, 128)).toEqual([64, 128]);
    expect(doublingStages(64, 10)).toEqual([10]);
  });
});

describe('StagedTest', () => {
  it('with one stage is the bound of Clopper and Pearson, and says nothing before its end', () => {
    const test = feed(new StagedTest(0.001, boundary, [1000]), 899, 100);
    expect(test).toMatchObject({ answer: 'open', hits: 899, looks: 999 });
    expect(test.lowerBound()).toBe(0);
    expect(test.soonest(256)).toBe(1);
    test.add(true);
    expect(test.answer).toBe('above');
    expect(test.lowerBound()).toBe(lowerBound(900, 1000, 0.001));
  });

  it('shares its error out over the stages, and keeps the best of their bounds', () => {
    const test = feed(new StagedTest(0.002, boundary, [100, 200]), 100, 0);
    expect(test.answer).toBe('above');
    expect(test.lowerBound()).toBe(lowerBound(100, 100, 0.001));
    expect(test.soonest(256)).toBe(100);
    feed(test, 0, 100);
    expect(test.answer).toBe('below');
    expect(test.lowerBound()).toBe(lowerBound(100, 100, 0.001));
  });

  it('leaves open what lies on the boundary', () => {
    expect(feed(new StagedTest(0.01, boundary, [1000]), 800, 200).answer).toBe('open');
    expect(feed(new StagedTest(0.01, boundary, [1000]), 700, 300).answer).toBe('below');
  });
});
