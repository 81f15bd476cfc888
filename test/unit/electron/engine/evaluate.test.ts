import { describe, expect, it } from 'vitest';
import { summary } from '../../../../electron/engine/calls/evaluate.ts';
import type { Verdict } from '../../../../electron/contract/verdict.ts';

const scored = (label: string, score: number | null, verdict: Verdict) => ({
  path: `/${label}.png`,
  label,
  score,
  verdict,
  error: score === null ? { kind: 'imageUnreadable' as const, params: {} } : null,
});

describe('summary of an evaluation', () => {
  const scores = [
    scored('ok', 0.1, 'OK'),
    scored('ok', 0.2, 'OK'),
    scored('ok', 0.9, 'NG'),
    scored('ok', 0.5, 'REVIEW'),
    scored('crack', 0.8, 'NG'),
    scored('crack', 0.15, 'OK'),
    scored('stain', 0.55, 'REVIEW'),
    scored('stain', null, 'REVIEW'),
  ];

  it('counts a review neither as false alarm nor as escape, and never as right', () => {
    const found = summary(scores);
    expect(found.accuracy).toMatchObject({ hits: 3, of: 8, value: 3 / 8 });
    expect(found.falseAlarms).toMatchObject({ hits: 1, of: 4 });
    expect(found.escapes).toMatchObject({ hits: 1, of: 4 });
    expect(found.reviews).toMatchObject({ hits: 3, of: 8 });
  });

  it('ranks by score what has one', () => {
    // Good .1 .2 .5 .9 against .15 .55 .8: of 12 pairs the defective part is higher in 1 + 3 + 3.
    expect(summary(scores).auroc?.value).toBeCloseTo(7 / 12);
  });

  it('tells each type of defect apart, a review counting as found', () => {
    expect(summary(scores).byLabel).toMatchObject([
      { label: 'crack', images: 2, detected: { hits: 1, of: 2 }, auroc: 4 / 8 },
      { label: 'stain', images: 2, detected: { hits: 2, of: 2 }, auroc: 3 / 4 },
    ]);
  });

  it('says nothing about a class that is missing', () => {
    const found = summary(scores.slice(0, 4));
    expect(found).toMatchObject({ auroc: null, escapes: null, byLabel: [] });
    expect(found.falseAlarms).not.toBeNull();
  });
});
