import type { FineTuneSettings, ObjectiveName } from './settings.ts';

export interface KnownCosts {
  /** FLOPs of one image: forward pass, step of the plan, step that trains everything. */
  readonly flops: { readonly forward: number; readonly step: number; readonly whole: number };
  /** In the first epochs, and after the warm-up. */
  readonly samples: { readonly all: number; readonly chosen: number };
  readonly flopsPerSecond: number;
}

export interface EstimatedCosts {
  readonly flops: number;
  /** Of adversarial training of the whole model with ten steps on every sample. */
  readonly wholeFlops: number;
  readonly seconds: number;
}

/** A gradient in the image costs about two forward passes: the pass itself, and the way back to the image. */
const gradientPasses = 2;
const wholeSteps = 10;

/**
 * What a fine-tuning will cost, validation left out. The graphs that run are counted exactly while they run; this is
 * the estimate shown before.
 */
export function estimateCosts(
  settings: Pick<
    FineTuneSettings,
    'objective' | 'attackSteps' | 'replays' | 'samples' | 'warmUpEpochs' | 'reselectEvery'
  >,
  epochs: number,
  { flops, samples, flopsPerSecond }: KnownCosts,
): EstimatedCosts {
  const gradient = gradientPasses * flops.forward;
  const perSample: Readonly<Record<ObjectiveName, number>> = {
    plain: flops.step,
    corruptions: flops.step,
    noise: flops.step,
    // The backward pass goes on to the lowest trained layer only, which the step pays for already.
    features: 2 * flops.step,
    fast: gradient + flops.step,
    pgd: settings.attackSteps * gradient + flops.step,
    trades: settings.attackSteps * gradient + flops.forward + 2 * flops.step,
    free: settings.replays * (flops.forward + flops.step),
  };
  const warm = Math.min(epochs, settings.warmUpEpochs);
  const visits = warm * samples.all + (epochs - warm) * samples.chosen;
  const selects = samples.chosen < samples.all && !['all', 'random'].includes(settings.samples);
  const rounds = selects ? Math.ceil((epochs - warm) / settings.reselectEvery) : 0;
  const selection = rounds * samples.all * (settings.samples === 'easy' ? gradient : flops.forward);
  const total = visits * perSample[settings.objective] + selection;
  return {
    flops: total,
    wholeFlops: epochs * samples.all * (wholeSteps * gradient + flops.whole),
    seconds: total / flopsPerSecond,
  };
}
