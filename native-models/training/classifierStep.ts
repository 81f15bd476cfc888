import type { GraphBuilder } from '../onnx/build.ts';
import { crossEntropy } from './losses/crossEntropy.ts';
import type { Loss } from './losses/loss.ts';
import type { LossInputs } from './objective.ts';
import { recomputeForLeastMemory } from './recompute.ts';
import { buildStepGraph, type StepGraph } from './stepGraph.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/** Input of the step graph: class of each sample, int64 [N]. */
export const labelsInput = 'kenro.labels';
/** Input of the step graph where samples count differently: float32 [N]. */
export const weightsInput = 'kenro.weights';

/** Forward, loss and backward of a batch as `trainClassifier` runs it. @throws ModelError as `buildStepGraph` */
export async function stepGraphOf(options: TrainerOptions): Promise<StepGraph> {
  const step = plainStepGraphOf(options);
  if (!options.recompute) return step;
  const { batch, microBatch = batch } = options.settings;
  const shapes = await stepShapes(options);
  return recomputeForLeastMemory(step, options.model, shapes(microBatch));
}

/** As `stepGraphOf`, keeping every value that the backward nodes need. */
export function plainStepGraphOf(options: TrainerOptions): StepGraph {
  const { model, logits, labels, parameters, settings, objective, formulations } = options;
  const lossOf = objective?.loss ?? plainLoss;
  return buildStepGraph(model, {
    parameters,
    ...(objective?.absorbs ? { inputs: [objective.absorbs] } : {}),
    ...(formulations ? { formulations } : {}),
    loss: (g) => {
      const rows = g.op('Flatten', [logits], { axis: 1 });
      const truth = g.input(labelsInput, 'int64', ['batch']);
      const { labelSmoothing } = settings;
      return lossOf(g, {
        ...{ logits: rows, labels: truth, classes: labels.length },
        ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
        ...(isWeighted(options) ? { sampleWeights: g.input(weightsInput, 'float32', ['batch']) } : {}),
      });
    },
  });
}

/** Whether samples count differently. */
export function isWeighted({ train, curriculum }: TrainerOptions): boolean {
  return train.weights !== null || curriculum !== undefined;
}

/** Cross-entropy. */
export function plainLoss(g: GraphBuilder, { logits, labels, classes, ...options }: LossInputs): Loss {
  return crossEntropy(g, logits, labels, classes, options);
}

/** Shapes of the step graph's inputs for a number of samples. */
export async function stepShapes(
  options: TrainerOptions,
): Promise<(size: number) => Readonly<Record<string, readonly number[]>>> {
  const { train, objective } = options;
  const copies = objective?.copies ?? 1;
  const samples = Object.entries(await train.source.batch([0], null));
  return (size) => ({
    ...Object.fromEntries(samples.map(([name, { dims }]) => [name, [size * copies, ...dims.slice(1)]])),
    [labelsInput]: [size],
    ...(isWeighted(options) ? { [weightsInput]: [size] } : {}),
  });
}
