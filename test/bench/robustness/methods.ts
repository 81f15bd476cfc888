import type { Severity } from '../../../native-models/images/corruptions/corruption.ts';
import { conditionName, siteProfile, type SiteProfile } from '../../../native-models/images/site/profile.ts';
import type { FineTuneSettings } from '../../../native-models/training/robust/settings.ts';
import type { DataSet } from './dataSets.ts';

/** Radii reported on, of pixel values in [0, 1]; the trainings attack within the first. */
export const radii = [1 / 255, 2 / 255, 4 / 255] as const;

export const corruptions = [
  'gaussian-noise',
  'defocus-blur',
  'exposure',
  'contrast',
  'illumination-gradient',
] as const;

/** A site's disturbances: half of the parts as they are, the others under one of them. */
export function siteOf(severity: Severity): SiteProfile {
  const share = 0.5 / corruptions.length;
  return siteProfile({
    clean: 0.5,
    ...Object.fromEntries(corruptions.map((corruption) => [conditionName({ corruption, severity }), share])),
  });
}

export const costs: FineTuneSettings['costs'] = {
  ...{ currency: 'JPY', falseAlarm: 1, escape: 100, escapeByType: {}, review: 1, lineStop: null },
  ...{ defectRate: 0.01, defectRateByType: null, attackWeight: 0.5 },
  ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
};

/** What a method changes of the settings they all share. */
export interface Method extends Partial<FineTuneSettings> {
  /** Step size at its highest. */
  readonly rate?: number;
}

const whole: Method = { layers: 'all', samples: 'all', withSite: false };
/** Rate, visits and shares were chosen on steel with other seeds than those reported. */
const ours: Method = {
  ...{ objective: 'free', replays: 3, rate: 6e-4 },
  ...{ layers: 'auto', budget: 0.85, samples: 'margin', fraction: 0.9, reselectEvery: 2 },
  shares: { test: 0, validation: 0.06, calibration: 0 },
};

/** Of an anomaly detector: the same, but that its patches stay where its memory has them. */
const oursOf = (kind: DataSet['kind']): Method => {
  return kind === 'classifier' ? ours : { ...ours, objective: 'consistency' };
};

/** No layer trains; what chooses among four memories has to be enough to choose by. */
const memory: Method = { objective: 'memory', shares: { test: 0, validation: 0.15, calibration: 0 } };

export const methodsOf = (kind: DataSet['kind']): Readonly<Record<string, Method>> => ({
  'noise augmentation': { ...whole, objective: 'noise', sigma: 4 / 255 },
  'whole-model PGD-10': { ...whole, objective: 'pgd' },
  'whole-model TRADES': { ...whole, objective: 'trades' },
  'whole-model fast': { ...whole, objective: 'fast' },
  'whole-model free': { ...whole, objective: 'free' },
  ours: oursOf(kind),
  'ours, random samples': { ...oursOf(kind), samples: 'random' },
  'ours, random layers': { ...oursOf(kind), layers: 'random:0.5' },
  ...(kind === 'anomaly' ? { 'ours, memory': memory } : {}),
});

/** Visits to a batch by objectives that replay it, which have as many fewer epochs. */
const replays = 4;
const replaying = new Set(['free', 'consistency']);

export function settingsOf(
  { rate = 2e-4, ...method }: Method,
  epochs: number,
  { seed, site }: Pick<FineTuneSettings, 'seed' | 'site'>,
): FineTuneSettings {
  return {
    ...{
      objective: 'fast',
      norm: 'linf',
      epsilon: radii[0],
      attackSteps: 10,
      beta: 6,
      replays,
      sigma: 0.1,
    },
    ...{
      featureShare: 0.1,
      withSite: false,
      testAttack: false,
      layers: 'all',
      budget: 0.5,
      samples: 'all',
      fraction: 0.3,
    },
    ...{ warmUpEpochs: 0, reselectEvery: 1, reweigh: true, costs, site, seed },
    trainer: {
      ...{
        epochs: replaying.has(method.objective ?? '') ? Math.ceil(epochs / replays) : epochs,
        batch: 8,
        optimiser: { kind: 'adamw', weightDecay: 0.01 },
      },
      schedule: { rate, shape: 'cosine', warmUp: 0.1 },
    },
    shares: { test: 0, validation: 0.15, calibration: 0 },
    ...method,
  };
}
