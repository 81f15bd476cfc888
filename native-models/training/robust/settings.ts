import type { NormName } from '../../attacks/norms/norm.ts';
import type { Limits } from '../../detectors/verdict.ts';
import type { CostModel } from '../../evaluate/costs.ts';
import type { SiteProfile } from '../../images/site/profile.ts';
import type { SamplePolicy } from '../../selection/samples.ts';
import type { Model } from '../../onnx/ir.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import type { TrainerSettings } from '../trainerOptions.ts';
import type { TrainingImage } from '../trainingImages.ts';

/**
 * What a model is trained to withstand (method.md, section 4).
 *
 * - `plain`: nothing; training on samples as they are, the control
 * - `pgd`, `fast`, `free`, `trades`: attacks, see `objectives/`
 * - `corruptions`: the site's own disturbances, sampled by weight
 * - `noise`: Gaussian noise, for smoothing
 * - `features`: disturbed features at the lowest trained layer
 * - `consistency`: features of disturbed and attacked images stay those of the images as they are
 * - `memory`: the site's disturbances, without training a layer: what a detector knows of good parts is learned again
 */
export const objectiveNames = [
  'plain',
  'pgd',
  'trades',
  'fast',
  'free',
  'corruptions',
  'noise',
  'features',
  'consistency',
  'memory',
] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

/** Whether attacks are what is to be withstood, and are in validation therefore too; for `consistency` they are a means. */
export function isAttack({ objective }: Pick<FineTuneSettings, 'objective'>): boolean {
  return ['pgd', 'trades', 'fast', 'free', 'features'].includes(objective);
}

/** Whether no layer is trained, but what a detector knows of good parts is learned again. */
export function isMemory({ objective }: Pick<FineTuneSettings, 'objective'>): boolean {
  return objective === 'memory';
}

/** Of a memory: the distances of one image to it take tens of megabytes, several times over in every session. */
const memoryBatch = 4;

/** Images that are computed at one time. */
export function batchOf(settings: Pick<FineTuneSettings, 'objective' | 'trainer'>): number {
  const { batch, microBatch = batch } = settings.trainer;
  return isMemory(settings) ? Math.min(memoryBatch, microBatch) : microBatch;
}

/** Everything that decides the outcome of a fine-tuning, beside model and images. JSON-serialisable. */
export interface FineTuneSettings {
  readonly objective: ObjectiveName;
  readonly norm: NormName;
  /** Radius of attacks in training and in validation, of pixel values in [0, 1]. */
  readonly epsilon: number;
  /** Of `pgd` and `trades`. */
  readonly attackSteps: number;
  /** Of `trades`. */
  readonly beta: number;
  /** Of `free` and `consistency`. */
  readonly replays: number;
  /** Of `noise`. */
  readonly sigma: number;
  /** Of `features`. */
  readonly featureShare: number;
  /** With an attack: train on the site's disturbances too, before the attack. */
  readonly withSite: boolean;
  /** Look at the test side under attack too where the objective is none. */
  readonly testAttack: boolean;
  /** `auto`, `recover-clean`, or as `parseLayerPolicy`. */
  readonly layers: string;
  /** Of `auto`: FLOPs of a step as a share of those of a step that trains everything, above 0 to 1. */
  readonly budget: number;
  readonly samples: SamplePolicy;
  /** Of the samples, per epoch, above 0 to 1. */
  readonly fraction: number;
  /** Epochs on all samples before the first selection. */
  readonly warmUpEpochs: number;
  /** Epochs between selections. */
  readonly reselectEvery: number;
  /** Raise after each epoch the weights of the disturbances and kinds of part that cost most. */
  readonly reweigh: boolean;
  readonly trainer: TrainerSettings;
  readonly costs: CostModel;
  readonly site: SiteProfile;
  /** Of the images: test side, and of the rest validation and calibration. */
  readonly shares: { readonly test: number; readonly validation: number; readonly calibration: number };
  readonly seed: number;
}

export interface FineTuneOptions {
  readonly model: Model;
  readonly images: readonly TrainingImage[];
  /** Names of images that a human corrected: they train in every round. */
  readonly corrected: ReadonlySet<string>;
  /** Thresholds that the model given is judged by on the line, of single defect types too; absent = those of its card. */
  readonly inUse?: Limits | null;
  readonly settings: FineTuneSettings;
  /** Memory for decoded pictures. */
  readonly cacheBytes: number;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (stage: 'read' | 'plan' | 'select' | 'test', done: number, total: number) => void;
}
