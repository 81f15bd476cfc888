import { attackOfEpochs } from './kpiValidation.ts';
import { looksAt } from './mixJudge.ts';
import { disturbedLooks } from './goodLooks.ts';
import { nuisanceWeights } from './relearnMemory.ts';
import { isAttack, isMemory, type FineTuneSettings, type ObjectiveName } from './settings.ts';
import { validationPasses } from './validationParts.ts';

export interface KnownCosts {
  /** Ways for pictures to reach the network that are tried. */
  readonly readings: number;
  /** FLOPs of one image: forward pass, step of the plan, the same that moves the image too, step that trains everything. */
  readonly flops: {
    readonly forward: number;
    readonly step: number;
    readonly moving: number;
    readonly whole: number;
  };
  /** In the first epochs, and after the warm-up. */
  readonly samples: { readonly all: number; readonly chosen: number };
  readonly validation: {
    /** Images looked at in each validation, those that thresholds are chosen on among them. */
    readonly images: number;
    /** One forward pass of the model that trains; adapters beside its layers count too. */
    readonly forward: number;
    /** See `looksAt`. */
    readonly readsApart?: boolean;
  };
  readonly flopsPerSecond: number;
}

export interface EstimatedCosts {
  /** In all, without the test at the end. */
  readonly flops: number;
  /** Of them: judging the weights given and those of each epoch under the site's mix, and under attack. */
  readonly validationFlops: number;
  /** Of adversarial training of the whole model with ten steps on every sample, validated alike. */
  readonly wholeFlops: number;
  readonly seconds: number;
}

/** A gradient in the image costs about two forward passes: the pass itself, and the way back to the image. */
const gradientPasses = 2;
const wholeSteps = 10;

/**
 * What a fine-tuning will cost. The graphs that run are counted exactly while they run; this is the estimate shown
 * before. An attack in validation counts all its steps; it spares those on images that are misjudged already.
 */
export function estimateCosts(
  settings: Pick<
    FineTuneSettings,
    'objective' | 'attackSteps' | 'replays' | 'layers' | 'samples' | 'warmUpEpochs' | 'reselectEvery' | 'site'
  >,
  epochs: number,
  { readings, flops, samples, validation, flopsPerSecond }: KnownCosts,
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
    free: settings.replays * flops.moving,
    consistency: settings.replays * flops.moving + flops.forward,
    // Choosing the memories comes on top; it is no work of the network.
    memory: (1 + disturbedLooks) * flops.forward,
  };
  const withMemory = isMemory(settings);
  const warm = Math.min(epochs, settings.warmUpEpochs);
  const visits = withMemory ? readings * samples.all : warm * samples.all + (epochs - warm) * samples.chosen;
  const selects =
    !withMemory && samples.chosen < samples.all && !['all', 'random'].includes(settings.samples);
  const rounds = selects ? Math.ceil((epochs - warm) / settings.reselectEvery) : 0;
  const selection = rounds * samples.all * (settings.samples === 'easy' ? gradient : flops.forward);
  const validated = (layers: string, forward: number, underAttack: boolean, attackSteps: number) => {
    const passes = validationPasses({ layers }, withMemory ? readings * nuisanceWeights.length : epochs);
    const attack = underAttack ? attackOfEpochs({ attackSteps }) : null;
    const looks = looksAt(settings, attack, validation.readsApart);
    return passes * validation.images * forward * (looks.forwards + gradientPasses * looks.gradients);
  };
  const { layers, attackSteps } = settings;
  const validationFlops = validated(layers, validation.forward, isAttack(settings), attackSteps);
  const total = visits * perSample[settings.objective] + selection + validationFlops;
  const whole = epochs * samples.all * (wholeSteps * gradient + flops.whole);
  return {
    flops: total,
    validationFlops,
    wholeFlops: whole + validated('all', flops.forward, true, wholeSteps),
    seconds: total / flopsPerSecond,
  };
}
