import { crossEntropy } from './losses/crossEntropy.ts';
import { buildStepGraph, type StepGraph } from './stepGraph.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/** Input of the step graph: class of each sample, int64 [N]. */
export const labelsInput = 'kenro.labels';
/** Input of the step graph where samples count differently: float32 [N]. */
export const weightsInput = 'kenro.weights';

/** Forward, loss and backward of a batch as `trainClassifier` runs it. @throws ModelError as `buildStepGraph` */
export function stepGraphOf({
  model,
  logits,
  labels,
  parameters,
  train,
  settings,
}: TrainerOptions): StepGraph {
  return buildStepGraph(model, {
    parameters,
    loss: (g) => {
      const rows = g.op('Flatten', [logits], { axis: 1 });
      const truth = g.input(labelsInput, 'int64', ['batch']);
      const { labelSmoothing } = settings;
      return crossEntropy(g, rows, truth, labels.length, {
        ...(labelSmoothing === undefined ? {} : { labelSmoothing }),
        ...(train.weights ? { sampleWeights: g.input(weightsInput, 'float32', ['batch']) } : {}),
      });
    },
  });
}
