import { crossEntropy } from './losses/crossEntropy.ts';
import { recomputeForLeastMemory } from './recompute.ts';
import { buildStepGraph, type StepGraph } from './stepGraph.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/** Input of the step graph: class of each sample, int64 [N]. */
export const labelsInput = 'kenro.labels';
/** Input of the step graph where samples count differently: float32 [N]. */
export const weightsInput = 'kenro.weights';

/** Forward, loss and backward of a batch as `trainClassifier` runs it. @throws ModelError as `buildStepGraph` */
export async function stepGraphOf(options: TrainerOptions): Promise<StepGraph> {
  const { model, logits, labels, parameters, train, settings, recompute } = options;
  const step = buildStepGraph(model, {
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
  if (!recompute) return step;
  const shapes = await stepShapes(options);
  return recomputeForLeastMemory(step, model, shapes(settings.microBatch ?? settings.batch));
}

/** Shapes of the step graph's inputs for a number of samples. */
export async function stepShapes({
  train,
}: TrainerOptions): Promise<(size: number) => Readonly<Record<string, readonly number[]>>> {
  const samples = Object.entries(await train.source.batch([0], null));
  return (size) => ({
    ...Object.fromEntries(samples.map(([name, { dims }]) => [name, [size, ...dims.slice(1)]])),
    [labelsInput]: [size],
    ...(train.weights ? { [weightsInput]: [size] } : {}),
  });
}
