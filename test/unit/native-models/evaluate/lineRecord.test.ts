import { describe, expect, it } from 'vitest';
import {
  weighRecord,
  type JudgedPart,
  type LineRecord,
} from '../../../../native-models/evaluate/lineRecord.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { costModel } from './costModels.ts';

const current = { review: 0.5, ng: 0.7 };

function judged(
  verdict: JudgedPart['verdict'],
  label: string,
  scores: readonly number[],
): readonly JudgedPart[] {
  return scores.map((score) => ({ score, label, verdict, group: null }));
}

const spread = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / count);

/** Of 1,000 parts called OK 40 were judged, of 20 reviews 10, of 10 NG all. */
const audited: LineRecord = {
  judged: [
    ...judged('OK', 'ok', spread(0.1, 0.5, 39)),
    ...judged('OK', 'scratch', [0.45]),
    ...judged('REVIEW', 'ok', spread(0.5, 0.6, 6)),
    ...judged('REVIEW', 'scratch', spread(0.6, 0.7, 4)),
    ...judged('NG', 'ok', [0.72]),
    ...judged('NG', 'scratch', spread(0.75, 1, 9)),
  ],
  parts: { OK: 1000, REVIEW: 20, NG: 10 },
  passed: spread(0.1, 0.5, 100),
  lowestReview: 0.5,
};
/** The same line where people only looked at rejects. */
const rejectsOnly: LineRecord = {
  ...audited,
  judged: audited.judged.filter(({ verdict }) => verdict !== 'OK'),
};

function weigh(record: LineRecord, costs = costModel() as ReturnType<typeof costModel> | null) {
  const draft = { review: 0.55, ng: 0.74 };
  const question = { current, draft, costs, places: [0.4, 0.6, 0.8] };
  return weighRecord(record, { ...question, random: seededRandom(3) });
}

describe('what a record says about a pair of thresholds', () => {
  it('takes each judged part for all of its verdict: no reject stands for the line', () => {
    const { points, gaps } = weigh(audited);
    // Good parts: 39 × 25 called OK, 6 × 2 reviews, 1 × 1 NG. None lies at or above 0.74, two groups at or above 0.55.
    expect(points!.ng.falseAlarmRate.value).toBe(0);
    expect(points!.review.falseAlarmRate.value).toBeCloseTo((3 * 2 + 1) / (39 * 25 + 6 * 2 + 1), 12);
    // Defective parts: 1 × 25, 4 × 2, 9 × 1.
    expect(points!.review.recall.value).toBeCloseTo((4 * 2 + 9) / (25 + 4 * 2 + 9), 12);
    expect(gaps).toEqual([]);
  });

  it('bills those parts, now and at the draft, and finds the pair that costs least', () => {
    const { costs } = weigh(audited);
    const good = 39 * 25 + 6 * 2 + 1;
    expect(costs!.current.falseAlarmRate).toBeCloseTo(1 / good, 12);
    expect(costs!.current.escapeRate).toBeCloseTo(25 / 42, 12);
    expect(costs!.comparison.difference).toBeCloseTo(costs!.draft.value - costs!.current.value, 6);
    expect(costs!.cheapest.value).toBeLessThanOrEqual(costs!.current.value);
    expect(costs!.cheapest.thresholds.review).toBeLessThanOrEqual(0.45);
    expect(costs!.current.interval![0]).toBeLessThan(costs!.current.value);
    expect(costs!.curves.ng).toHaveLength(3);
  });

  it('keeps the ceilings of the plant where it can, and names those it cannot', () => {
    const strict = costModel({ ceilings: { ...costModel().ceilings, recall: 1 } });
    const { costs } = weigh(audited, strict);
    expect(costs!.cheapest.unmet).toEqual([]);
    expect(costs!.current.unmet).toEqual([
      { ceiling: 'recall', type: 'scratch', limit: 1, reached: 1 - 25 / 42 },
    ]);
  });

  it('says that labels on rejects alone are biased, and proposes nothing below what was judged', () => {
    const { costs, gaps } = weigh(rejectsOnly);
    expect(gaps).toEqual([{ kind: 'onlyRejects', parts: 1000 }]);
    expect(costs!.cheapest.thresholds.review).toBeGreaterThanOrEqual(0.5);
    // The parts called OK count, so that a false alarm is rare among good parts here too.
    expect(costs!.current.falseAlarmRate).toBeCloseTo(1 / (1000 + 6 * 2 + 1), 12);
  });

  it('says what nobody has confirmed or judged', () => {
    const kinds = (parts: readonly JudgedPart[]) =>
      weigh({ ...audited, judged: parts }).gaps.map(({ kind }) => kind);
    expect(kinds([])).toEqual(['nothingJudged']);
    expect(kinds(audited.judged.filter(({ label }) => label === 'ok'))).toEqual(['noDefects']);
    expect(kinds(audited.judged.filter(({ verdict }) => verdict === 'OK'))).toEqual(['unjudged', 'unjudged']);
    expect(kinds(audited.judged.slice(20))).toEqual(['fewPassed']);
  });

  it('tells no costs where none are stated or no defect was confirmed', () => {
    expect(weigh(audited, null).costs).toBeNull();
    expect(weigh(audited, null).curves).not.toBeNull();
    const good = { ...audited, judged: audited.judged.filter(({ label }) => label === 'ok') };
    expect(weigh(good).costs).toBeNull();
    expect(weigh(good).curves).toBeNull();
  });

  it('repeats itself from its seed', () => {
    expect(weigh(audited)).toEqual(weigh(audited));
  });
});
