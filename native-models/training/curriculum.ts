import type { Parameters } from './parameters.ts';

/** Samples that train in an epoch. */
export interface ChosenSamples {
  readonly indices: readonly number[];
  /** What each of them counts, beside the set's own weights. */
  readonly weights: readonly number[];
}

/** Which samples train in which epoch. Without one, all of them do in every epoch. */
export interface Curriculum {
  /** How many, known beforehand: steps and learning rates are counted by it. */
  sizeOf(epoch: number): number;
  /**
   * Called at the start of each epoch.
   * @param before what the epoch before trained on; null at the first
   */
  choose(epoch: number, parameters: Parameters, before: ChosenSamples | null): Promise<ChosenSamples>;
  /** Floating-point operations spent on choosing so far. */
  flops(): number;
}
