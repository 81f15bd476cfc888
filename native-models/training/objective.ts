import type { GraphBuilder } from '../onnx/build.ts';
import type { Tensor } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import type { Loss } from './losses/loss.ts';
import type { Parameters } from './parameters.ts';

/** Names of the values that an objective writes its loss from. */
export interface LossInputs {
  /** Of the value that is trained, usually the logits: float32 [copies · N, C]. */
  readonly logits: string;
  /** int64 [N] */
  readonly labels: string;
  readonly classes: number;
  readonly labelSmoothing?: number;
  /** float32 [N] */
  readonly sampleWeights?: string;
}

/** A part of a batch, computed at one time. */
export interface BatchPart {
  /** Class of each sample. */
  readonly labels: readonly number[];
  /** Samples as the source gives them, by the name of the value they are fed to. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** The weights as they are. */
  readonly parameters: Parameters;
  /** Drawn from the place in the training alone, so that a resumed one draws the same. */
  readonly random: Random;
  /** Which part of the batch this is, and which visit to the batch, both from 0. */
  readonly part: number;
  readonly replay: number;
}

/**
 * What a classifier is trained for: how a batch is disturbed before each update, and the loss on it. Without one,
 * training is by cross-entropy on the samples as they are.
 */
export interface Objective {
  /** Rows that the model is fed for each sample. */
  readonly copies: 1 | 2;
  /** Updates made from each batch. */
  readonly replays: number;
  /** Input whose gradient `absorb` is given; null = none. */
  readonly absorbs: string | null;
  loss(g: GraphBuilder, inputs: LossInputs): Loss;
  /** What the model is fed instead of `part.feeds`. @throws ModelError `cancelled` */
  disturb(part: BatchPart): Promise<Readonly<Record<string, Tensor>>>;
  /** The gradient of the mean loss in what was fed last for this part. */
  absorb?(part: number, gradient: Float32Array): void;
  /** What goes on from batch to batch, by name: kept with a checkpoint. Absent = each batch begins anew. */
  carried?(): Parameters;
  /** Goes on with what `carried` gave. */
  restore?(carried: Parameters): void;
  /** Floating-point operations of its own graphs so far. */
  flops(): number;
  dispose(): Promise<void>;
}
