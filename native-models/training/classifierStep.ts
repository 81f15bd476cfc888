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
  const { model, logits, labels, parameters, settings, recompute, objective } = options;
  const lossOf = objective?.loss ?? plainLoss;
  const step = buildStepGraph(model, {
    parameters,
    ...(objective?.absorbs ? { inputs: [objective.absorbs] } : {}),
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
  if (!recompute) return step;
  const shapes = await stepShapes(options);
  return recomputeForLeastMemory(step, model, shapes(settings.microBatch ?? settings.batch));
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
