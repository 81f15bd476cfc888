import type { EngineProgress, UpdateSettings } from '../contract/engine.ts';
import { usualUpdates } from '../contract/usualSettings.ts';
import { oneOf } from './arguments.ts';
import { UsageError, type Context, type Flags, type Given } from './command.ts';

/** Flags of the commands that train: how weights are updated, and which images are held back. */
export const updateFlags: Flags = {
  epochs: { type: 'string', value: 'N', help: 'times every image is seen (default 10)' },
  batch: { type: 'string', value: 'N', help: 'images of one update (default 32)' },
  'micro-batch': { type: 'string', value: 'N', help: 'images computed at one time (default: the batch)' },
  lr: { type: 'string', value: 'X', help: 'highest learning rate (default 0.001, with sgd 0.01)' },
  optimizer: { type: 'string', value: 'NAME', help: 'sgd or adamw (default adamw)' },
  schedule: { type: 'string', value: 'SHAPE', help: 'constant, cosine or linear (default cosine)' },
  'warm-up': {
    type: 'string',
    value: 'SHARE',
    help: 'share of the steps in which the rate climbs (default 0)',
  },
  momentum: { type: 'string', value: 'X', help: 'of sgd (default 0.9)' },
  'weight-decay': { type: 'string', value: 'X', help: '(default 0.01, with sgd 0.0001)' },
  clip: { type: 'string', value: 'X', help: 'global norm of the gradients at most (default: no limit)' },
  average: { type: 'string', value: 'DECAY', help: 'keep a moving average of the weights (default: none)' },
  'label-smoothing': { type: 'string', value: 'X', help: 'share of each target spread over all classes' },
  patience: { type: 'string', value: 'N', help: 'end after N epochs without a better one' },
  'test-share': { type: 'string', value: 'SHARE', help: 'where the data name no test part (default 0.3)' },
  validation: { type: 'string', value: 'SHARE', help: 'of the training part (default 0.15)' },
};

/** With `--json`, steps are told about this often at most; epochs always. */
const tellEveryMs = 1_000;

/** @throws {UsageError} for a value out of range */
export function updatesOf(given: Given): UpdateSettings {
  const optimizer = oneOf('optimizer', given.text('optimizer') ?? 'adamw', ['sgd', 'adamw']);
  const usual = usualUpdates(optimizer);
  const within = (flag: string, fallback: number, min: number, max: number) =>
    numberWithin(given, flag, fallback, min, max);
  const optional = <Value>(flag: string, read: () => Value) => (given.has(flag) ? read() : null);
  return {
    ...usual,
    epochs: given.integer('epochs', usual.epochs, 1, 100_000),
    batch: given.integer('batch', usual.batch, 1, 65_536),
    microBatch: optional('micro-batch', () => given.integer('micro-batch', 1, 1, 65_536)),
    learningRate: within('lr', usual.learningRate, 1e-12, 1000),
    schedule: oneOf('schedule', given.text('schedule') ?? usual.schedule, ['constant', 'cosine', 'linear']),
    warmUp: within('warm-up', usual.warmUp, 0, 0.9),
    momentum: within('momentum', usual.momentum, 0, 1),
    weightDecay: within('weight-decay', usual.weightDecay, 0, 10),
    clipNorm: optional('clip', () => within('clip', 1, 1e-12, 1e12)),
    averageDecay: optional('average', () => within('average', 0.99, 0, 1)),
    labelSmoothing: within('label-smoothing', usual.labelSmoothing, 0, 0.9),
    patience: optional('patience', () => given.integer('patience', 1, 1, 100_000)),
    testShare: within('test-share', usual.testShare, 0, 0.9),
    validationShare: within('validation', usual.validationShare, 0, 0.9),
    seed: given.integer('seed', usual.seed, 0, 0xffff_ffff),
  };
}

/** @throws {UsageError} */
export function numberWithin(given: Given, flag: string, fallback: number, min: number, max: number): number {
  const value = given.number(flag) ?? fallback;
  if (!(value >= min && value <= max)) throw new UsageError(`--${flag} needs a number from ${min} to ${max}`);
  return value;
}

/** A bar on a terminal; the figures as lines of JSON with `--json`, else a remark after each epoch. */
export function progressTo(
  given: Given,
  { terminal, clock }: Context,
  epochLine: (figures: Readonly<Record<string, number>>) => string,
): (progress: EngineProgress) => void {
  let toldMs = -Infinity;
  return (progress) => {
    const { stage, figures } = progress;
    terminal.progress(progress);
    if (!figures) return;
    const nowMs = clock.monotonicMs();
    if (given.has('json')) {
      if (stage !== 'epoch' && nowMs - toldMs < tellEveryMs) return;
      toldMs = nowMs;
      terminal.result(figures, []);
    } else if (stage === 'epoch') {
      terminal.note(epochLine(figures));
    }
  };
}
