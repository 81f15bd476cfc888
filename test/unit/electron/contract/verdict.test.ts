import { describe, expect, it } from 'vitest';
import {
  decide,
  isSameLimits,
  judgedByLimits,
  limitsOf,
  thresholdsFor,
} from '../../../../electron/contract/verdict.ts';
import {
  limitsFor,
  limitsOf as engineLimits,
  verdictOf,
} from '../../../../native-models/detectors/verdict.ts';

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

describe('limits', () => {
  it('are a model’s thresholds in one, and apart again', () => {
    const limits = limitsOf(model);
    expect(limits).toEqual({ review: 0.4, ng: 0.6, byType: model.thresholdsByLabel });
    expect(judgedByLimits(limits)).toEqual(model);
    expect(limitsOf({ ...model, thresholdsByLabel: {} })).toEqual(model.thresholds);
  });

  it('are the same only where those of every type are', () => {
    const limits = limitsOf(model);
    const other = { ...limits, byType: { crack: { review: 0.05, ng: 0.2 } } };
    expect(isSameLimits(limits, limitsOf(model))).toBe(true);
    expect(isSameLimits(limits, other)).toBe(false);
    expect(isSameLimits(limits, model.thresholds)).toBe(false);
    expect(isSameLimits(model.thresholds, limits)).toBe(false);
  });
});

describe('the screens and the engine', () => {
  it('say the same of every score and type', () => {
    const scores = [-Infinity, -1, 0, 0.05, 0.07, 0.1, 0.2, 0.4, 0.5, 0.6, 0.9, 1, 7, Infinity, NaN];
    for (const type of [null, 'crack', 'stain', 'constructor', '__proto__']) {
      for (const score of scores) {
        const shown = decide(score, thresholdsFor(model, type));
        expect(verdictOf(score, engineLimits(model), type), `${score} ${type}`).toBe(shown);
      }
      const { review, ng } = limitsFor(engineLimits(model), type);
      expect({ review, ng }).toEqual(thresholdsFor(model, type));
    }
  });
});

describe('decide', () => {
  it.each([NaN, Infinity, -Infinity])('never takes %d for OK or NG', (score) => {
    expect(decide(score, model.thresholds)).toBe('REVIEW');
  });
});
