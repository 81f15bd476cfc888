import { describe, expect, it } from 'vitest';
import { decide, strictestOf, thresholdsFor } from '../../../../electron/contract/verdict.ts';

const model = {
  thresholds: { review: 0.4, ng: 0.6 },
  thresholdsByLabel: { crack: { review: 0.05, ng: 0.1 } },
};

describe('thresholds by defect type', () => {
  it('decide on the types that have some of their own', () => {
    expect(decide(0.2, thresholdsFor(model, 'crack'))).toBe('NG');
    expect(decide(0.2, thresholdsFor(model, 'stain'))).toBe('OK');
    expect(decide(0.2, thresholdsFor(model, null))).toBe('OK');
  });

  it('are those of the model for a label that is only the name of something every object has', () => {
    expect(thresholdsFor(model, 'constructor')).toBe(model.thresholds);
    expect(thresholdsFor({ thresholds: model.thresholds }, 'crack')).toBe(model.thresholds);
  });
});

describe('the strictest thresholds', () => {
  it('stop what any label would stop', () => {
    const crack = { review: 0.3, ng: 0.7 };
    expect(strictestOf({ ...model, thresholdsByLabel: { crack } })).toEqual({ review: 0.3, ng: 0.6 });
    expect(strictestOf({ thresholds: model.thresholds })).toEqual(model.thresholds);
  });
});

describe('decide', () => {
  it.each([NaN, Infinity, -Infinity])('never takes %d for OK or NG', (score) => {
    expect(decide(score, model.thresholds)).toBe('REVIEW');
  });
});
