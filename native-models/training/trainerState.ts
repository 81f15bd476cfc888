import { ModelError } from '../errors.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import { readSafetensors, writeSafetensors } from '../patches/safetensors.ts';
import type { ChosenSamples } from './curriculum.ts';
import type { OptimiserState } from './optimisers/optimiser.ts';
import type { Parameters } from './parameters.ts';
import type { Validated } from './trainerOptions.ts';

/** What one epoch came to. */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  /** Updates done since the beginning. */
  readonly step: number;
  /** Mean of the training loss over the epoch, as the weights moved. */
  readonly loss: number;
  /** Of the step that comes next. */
  readonly learningRate: number;
  readonly validationLoss: number;
  /** 0..1 */
  readonly validationAccuracy: number;
  /** What the validation measured beside: costs, robust accuracy. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** The weights that did best on the validation part so far. */
export interface BestWeights {
  readonly epoch: number;
  readonly accuracy: number;
  readonly loss: number;
  /** What decided instead of the accuracy; null = the accuracy did. */
  readonly cost: number | null;
  /** By how much it breaks ceilings. */
  readonly excess: number;
  readonly parameters: Parameters;
}

/** Whether weights are to be kept instead of the best so far: fewer broken ceilings, then lower cost, then accuracy and loss. */
export function isBetter(measured: Validated, best: BestWeights): boolean {
  const { excess = 0 } = measured;
  if (excess !== best.excess) return excess < best.excess;
  if (measured.cost !== undefined && measured.cost !== best.cost)
    return measured.cost < (best.cost ?? Infinity);
  if (measured.accuracy !== best.accuracy) return measured.accuracy > best.accuracy;
  return measured.loss < best.loss;
}

/**
 * Everything that must be kept to go on bit for bit. The random source needs no entry: order and augmentation of each
 * epoch are drawn from forks named by epoch, so the seed and the position say them.
 */
export interface TrainerState {
  /** Epoch under way, from 0, and updates done in it. */
  readonly epoch: number;
  readonly stepInEpoch: number;
  /** Samples of this epoch; null = all, or not chosen yet. */
  readonly chosen: ChosenSamples | null;
  /** Weighted sum of the losses of this epoch so far, and the sum of the weights. */
  readonly lossSum: number;
  readonly lossWeight: number;
  readonly parameters: Parameters;
  readonly optimiser: OptimiserState;
  readonly average: Parameters | null;
  /** What the objective takes from batch to batch; see `Objective`. */
  readonly carried: Parameters;
  readonly best: BestWeights | null;
  readonly history: readonly EpochMetrics[];
  /** Of the graphs run so far. */
  readonly flops: number;
}

const formatName = 'kenro.trainer-state/4';

/**
 * Writes a state as a safetensors file.
 * @param about of the run, checked when it is read again
 */
export function writeTrainerState(state: TrainerState, about: Readonly<Record<string, string>>): Uint8Array {
  const { parameters, optimiser, average, carried, best, ...plain } = state;
  const tensors = new Map<string, Tensor>();
  const add = (prefix: string, values: Parameters) => {
    for (const [name, data] of values) tensors.set(`${prefix}/${name}`, float32Tensor([data.length], data));
  };
  add('parameters', parameters);
  add('moments', optimiser.moments);
  add('carried', carried);
  if (average) add('average', average);
  if (best) add('best', best.parameters);
  const facts = {
    ...plain,
    optimiserSteps: optimiser.steps,
    hasAverage: average !== null,
    best: best && bestFacts(best),
  };
  return writeSafetensors({
    tensors,
    metadata: { ...about, format: formatName, state: JSON.stringify(facts) },
  });
}

/** @throws ModelError `checkpointUnreadable` for a damaged file or one that holds no such state */
export function readTrainerState(bytes: Uint8Array): {
  state: TrainerState;
  about: Readonly<Record<string, string>>;
} {
  const { tensors, metadata } = parse(bytes);
  const { format, state: text, ...about } = metadata;
  if (format !== formatName || text === undefined) throw new ModelError('checkpointUnreadable');
  const { optimiserSteps, hasAverage, best, ...plain } = JSON.parse(text) as Facts;
  const group = (prefix: string): Parameters => {
    const own = [...tensors].filter(([name]) => name.startsWith(`${prefix}/`));
    return new Map(own.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor.data as Float32Array]));
  };
  const state = {
    ...plain,
    parameters: group('parameters'),
    optimiser: { steps: optimiserSteps, moments: group('moments') },
    carried: group('carried'),
    average: hasAverage ? group('average') : null,
    best: best && { ...best, parameters: group('best') },
  };
  return { state, about };
}

function bestFacts({ parameters: _, ...facts }: BestWeights) {
  return facts;
}

type Facts = Omit<TrainerState, 'parameters' | 'optimiser' | 'average' | 'carried' | 'best'> & {
  optimiserSteps: number;
  hasAverage: boolean;
  best: Omit<BestWeights, 'parameters'> | null;
};

function parse(bytes: Uint8Array) {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new ModelError('checkpointUnreadable', {}, { cause });
  }
}
