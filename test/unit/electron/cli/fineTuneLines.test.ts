import { describe, expect, it } from 'vitest';
import { linesOf, recordOf } from '../../../../electron/cli/fineTuneLines.ts';
import type { FineTuneReply } from '../../../../electron/contract/engine.ts';

const thresholds = { review: 0.4, ng: 0.4 };
const figures = { clean: 0.9, site: 0.8, robust: null, costInterval: null, thresholds, claims: [] };
const reply: FineTuneReply = {
  ...{
    model: '/run/model.onnx',
    sha256: '0'.repeat(64),
    patch: '/run/patch.safetensors',
    changed: null,
    chosen: null,
  },
  before: { ...figures, cost: 60, falseAlarmRate: 0.2, escapeRate: 0.01 },
  rethresholded: { ...figures, cost: 50, falseAlarmRate: 0.1, escapeRate: 0.02 },
  after: { ...figures, cost: 20, falseAlarmRate: 0.01, escapeRate: 0.04 },
  ...{ thresholds, breaches: [], bestEpoch: 2, epochs: 3, trainFlops: 5e9, seconds: 3 },
  inference: { medianMs: 3, p99Ms: 9.5 },
  ...{ parameters: 10, layers: ['head'], samples: 2 },
};
const rise = { ceiling: 'escapeRate', type: null, limit: 0.01, reached: 0.04 } as const;

describe('what kenro finetune says last', () => {
  it('names, to people and scripts, why a model is no improvement', () => {
    const breaches = [
      { ...rise, on: 'heldBack' },
      { ...rise, type: 'crack', on: 'calibration' },
    ] as const;
    const flawed = { ...reply, breaches: [...breaches] };
    expect(recordOf(flawed)).toMatchObject({ breaches, escapeRate: 0.04 });
    const text = linesOf(flawed).join('\n');
    expect(text).toMatch(/^caution: more defects pass .* no improvement$/m);
    expect(text).toMatch(/^ {2}escapes of defective parts 4\.0 %.*1\.0 % \(on the test images\)$/m);
    expect(text).toMatch(/^ {2}escapes of crack 4\.0 %.*no thresholds keep every limit\)$/m);
  });

  it('tells how long one image takes, and that it is too long where it is', () => {
    const slow = { ceiling: 'latencyP99Ms', type: null, limit: 8, reached: 9.5, on: 'computer' } as const;
    expect(recordOf(reply)).toMatchObject({ inferenceMs: 3, inferenceP99Ms: 9.5 });
    const text = linesOf({ ...reply, breaches: [slow] }).join('\n');
    expect(text).toMatch(/^caution: this model does not keep every limit$/m);
    expect(text).toMatch(/^one image +3\.00 ms, 99 % within 9\.50 ms$/m);
    expect(text).toMatch(/^ {2}time to a verdict 9\.50 ms, allowed 8\.00 ms \(.*on this computer\)$/m);
  });

  it('holds it against the model given as it was, and at thresholds chosen anew', () => {
    expect(recordOf(reply)).toMatchObject({ before: { cost: 60 }, rethresholded: { cost: 50 } });
    expect(linesOf(reply).join('\n')).toMatch(/^escapes +0\.0100 +0\.0200 +0\.0400$/m);
    expect(linesOf({ ...reply, rethresholded: null }).join('\n')).toMatch(/^escapes +0\.0100 +0\.0400$/m);
  });

  it('has nothing to caution of one that keeps every limit', () => {
    expect(recordOf(reply)).toMatchObject({ breaches: [] });
    expect(linesOf(reply).join('\n')).not.toMatch(/caution/);
  });

  it('says plainly what the test images can show and what not', () => {
    const claims = [
      { kind: 'bound', label: 'ok', rate: 0, parts: 20, atMost: 0.139 },
      { kind: 'noDefects' },
    ] as const;
    const told = { ...reply, after: { ...reply.after!, claims: [...claims] } };
    expect(recordOf(told)).toMatchObject({ claims });
    const text = linesOf(told).join('\n');
    expect(text).toMatch(/13\.9 %/);
    expect(text).toMatch(/defect/);
  });

  it('names the thresholds of single types', () => {
    const byType = { crack: { review: 0.1, ng: 0.2 } };
    const after = { ...reply.after!, thresholds: { ...thresholds, byType } };
    expect(recordOf({ ...reply, after })).toMatchObject({ threshold: 0.4, thresholdsByLabel: byType });
  });

  it('cautions of one that costs more than what was there, or than new thresholds alone', () => {
    const costing = (cost: number) => linesOf({ ...reply, after: { ...reply.after!, cost } }).join('\n');
    expect(costing(61)).toMatch(/^caution: .* costs more than the one given; it is no improvement$/m);
    expect(costing(55)).toMatch(/^caution: new thresholds alone, .* would cost less on the test images$/m);
    expect(costing(49)).not.toMatch(/caution/);
  });
});
