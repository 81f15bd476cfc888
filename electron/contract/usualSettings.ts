import type { Costs } from './costs.ts';
import type { Model } from './domain.ts';
import type { FineTuneSettings, UpdateSettings } from './engine.ts';
import type { SiteWeights } from './site.ts';

/** How weights are updated where nobody says otherwise. */
export function usualUpdates(optimizer: UpdateSettings['optimizer']): UpdateSettings {
  const isSgd = optimizer === 'sgd';
  return {
    epochs: 10,
    batch: 32,
    microBatch: null,
    optimizer,
    learningRate: isSgd ? 0.01 : 0.001,
    schedule: 'cosine',
    warmUp: 0,
    momentum: 0.9,
    weightDecay: isSgd ? 1e-4 : 0.01,
    clipNorm: null,
    averageDecay: null,
    labelSmoothing: 0,
    patience: null,
    testShare: 0.3,
    validationShare: 0.15,
    seed: 0,
  };
}

/**
 * One part in a hundred is defective, and an escape costs a hundred times a false alarm: at a lower price than that,
 * the cheapest detector would be the one that lets every part pass.
 */
export const usualCosts: Costs = {
  currency: 'JPY',
  falseAlarm: 1,
  escape: 100,
  escapeByType: {},
  review: 1,
  lineStop: null,
  defectRate: 0.01,
  defectRateByType: null,
  ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
  attackWeight: 0,
};

/** Images that an evaluation computes at one time. */
export const usualEvaluationBatch = 16;

/** An even mix of what lines see most. */
export const usualSite: SiteWeights = {
  clean: 0.5,
  'gaussian-noise/2': 0.1,
  'exposure/2': 0.1,
  'contrast/2': 0.1,
  'defocus-blur/2': 0.1,
  'illumination-gradient/2': 0.1,
};

export const usualFineTune: FineTuneSettings = {
  ...usualUpdates('adamw'),
  objective: 'corruptions',
  norm: 'linf',
  epsilon: 2 / 255,
  attackSteps: 10,
  beta: 6,
  replays: 4,
  sigma: 0.1,
  featureShare: 0.1,
  withSite: false,
  testAttack: false,
  layers: 'auto',
  budget: 0.5,
  samples: 'margin',
  fraction: 0.3,
  warmUpEpochs: 1,
  reselectEvery: 1,
  reweigh: true,
  calibrationShare: 0.15,
  costs: usualCosts,
  site: usualSite,
};

/** What a model of this kind is retrained for where nobody says otherwise: training its layers makes a detector worse. */
export function usualObjective(kind: Model['kind']): FineTuneSettings['objective'] {
  return kind === 'anomaly' ? 'memory' : 'corruptions';
}

/** Memories that a fine-tuning of the objective `memory` tries for each way of reading pictures; the plan of a run from before there were several ways does not say. */
export const memoryRounds = 4;

const attacking = new Set<FineTuneSettings['objective']>(['pgd', 'trades', 'fast', 'free', 'features']);

/** Whether a training of this objective attacks its images, and is tested under attack. */
export function isAttacking(objective: FineTuneSettings['objective']): boolean {
  return attacking.has(objective);
}

/** What a training for attacks counts them for, where the costs do not say. */
const usualAttackWeight = 0.5;

/** The costs that an objective is judged by: one that attacks counts attacks. */
export function costsFor(objective: FineTuneSettings['objective'], costs: Costs): Costs {
  const isBlind = isAttacking(objective) && costs.attackWeight === 0;
  return isBlind ? { ...costs, attackWeight: usualAttackWeight } : costs;
}
