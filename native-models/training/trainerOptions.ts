import type { Formulations } from '../autodiff/formulations.ts';
import type { Model } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { LabelledSet } from './labelledSet.ts';
import type { Curriculum } from './curriculum.ts';
import type { Measured } from './measure.ts';
import type { Objective } from './objective.ts';
import type { AdamWOptions } from './optimisers/adamW.ts';
import type { SgdOptions } from './optimisers/sgd.ts';
import type { Parameters } from './parameters.ts';
import type { ScheduleOptions } from './schedule.ts';
import type { BestWeights, EpochMetrics, TrainerState } from './trainerState.ts';

export interface TrainerSettings {
  readonly epochs: number;
  /** Samples of one update; the last batch of an epoch may be smaller. */
  readonly batch: number;
  /** Samples computed at one time; their gradients are added up to those of a batch. Default: the whole batch. */
  readonly microBatch?: number;
  readonly optimiser: ({ kind: 'sgd' } & SgdOptions) | ({ kind: 'adamw' } & AdamWOptions);
  readonly schedule: ScheduleOptions;
  /** Global norm of the gradients at most; absent = no clipping. */
  readonly clipNorm?: number;
  /** Decay of the moving average of the weights, which is then what is measured and kept; absent = no average. */
  readonly averageDecay?: number;
  readonly labelSmoothing?: number;
  /** Stops after so many epochs without a better one; absent = never. */
  readonly patience?: number;
}

/** What is told after each update, and (with the validation figures) after each epoch. */
export interface TrainerProgress {
  /** Under way, from 1. */
  readonly epoch: number;
  /** Updates done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Of the last batch; at the end of an epoch its mean. */
  readonly loss: number;
  readonly learningRate: number;
  /** Floating-point operations so far, of earlier stretches too. */
  readonly flops: number;
  /** Only after an epoch. */
  readonly metrics?: EpochMetrics;
}

/** Where states go, so that the training can be resumed from the last one. */
export interface Checkpoints {
  /** Asked after each update; a state is also saved after each epoch and before a cancelled training ends. */
  due(): boolean;
  save(state: TrainerState): Promise<void>;
}

/** How good weights are. */
export interface Validated extends Pick<Measured, 'loss' | 'accuracy'> {
  /** What decides instead of the accuracy: lower is better. */
  readonly cost?: number;
  /** By how much ceilings are broken; weights that break them less are better at any cost. Absent = there are none. */
  readonly excess?: number;
  /** Floating-point operations that the measuring took. */
  readonly flops?: number;
  /** Further figures, kept with the epoch's. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface TrainerOptions {
  /** Begins at the values the sources feed, and ends in the logits. */
  readonly model: Model;
  /** Output [N, classes] or [N, classes, 1, 1]. */
  readonly logits: string;
  /** Name of each class. */
  readonly labels: readonly string[];
  /** Initializers that train. */
  readonly parameters: readonly string[];
  readonly train: LabelledSet;
  readonly validation: LabelledSet;
  readonly settings: TrainerSettings;
  /** Absent = cross-entropy on the samples as they are. */
  readonly objective?: Objective;
  /** Absent = every sample in every epoch. */
  readonly curriculum?: Curriculum;
  /** Measures weights after each epoch; absent = accuracy on `validation`. */
  readonly validate?: (parameters: Parameters) => Promise<Validated>;
  /** Absent = the usual ones, without a measurement. */
  readonly formulations?: Formulations;
  /** Values between modules are computed a second time instead of kept: less memory, more time, the same weights. */
  readonly recompute?: boolean;
  /** Draws order and augmentation; forked, not disturbed. */
  readonly random: Random;
  readonly session: SessionOptions;
  readonly checkpoints?: Checkpoints;
  readonly resumeFrom?: TrainerState;
  readonly signal?: AbortSignal;
  /** Awaited before each update: a pause is a promise that resolves later. */
  readonly turn?: () => Promise<void>;
  readonly onProgress?: (progress: TrainerProgress) => void;
}

export interface Trained {
  /** Weights that did best on the validation part. */
  readonly best: BestWeights;
  readonly history: readonly EpochMetrics[];
  /** Floating-point operations of all step and validation graphs run, counted from those graphs. */
  readonly flops: number;
}
