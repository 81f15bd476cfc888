import { describe, expect, it } from 'vitest';
import { noGain } from '../../../../electron/contract/noGain.ts';

const of = (before: number, rethresholded: number | null, after: number) =>
  noGain({
    before: { cost: before },
    rethresholded: rethresholded === null ? null : { cost: rethresholded },
    after: { cost: after },
  });

describe('what a training has brought', () => {
  it('is nothing where its model costs more than the current one', () => {
    expect(of(10, 5, 11)).toBe('dearer');
    expect(of(10, null, 11)).toBe('dearer');
  });

  it('is nothing that new thresholds alone would not bring, where they cost less', () => {
    expect(of(10, 5, 6)).toBe('thresholdsCheaper');
  });

  it('is something else, or not known without a test side', () => {
    expect(of(10, 5, 5)).toBeNull();
    expect(of(10, null, 9)).toBeNull();
    expect(noGain({ before: null, rethresholded: null, after: { cost: 3 } })).toBeNull();
  });
});
