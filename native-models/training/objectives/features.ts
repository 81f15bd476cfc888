import { float32Tensor } from '../../onnx/dataTypes.ts';
import type { Model, Tensor } from '../../onnx/ir.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import { labelsInput, plainLoss } from '../classifierStep.ts';
import { FlopCounter } from '../flopCounter.ts';
import { crossEntropy } from '../losses/crossEntropy.ts';
import type { Objective } from '../objective.ts';
import { initializersAsInputs } from '../parameters.ts';
import { Step } from '../step.ts';
import { buildStepGraph } from '../stepGraph.ts';
import { int64Tensor } from '../../onnx/dataTypes.ts';

export interface FeatureOptions {
  /** From the lowest trained layer on. */
  readonly model: Model;
  /** Values that the model is fed. */
  readonly inputs: readonly string[];
  /** Output with the logits. */
  readonly logits: string;
  readonly classes: number;
  /** Initializers that train. */
  readonly parameters: readonly string[];
  /** Size of the change of each value, as a share of the root mean square of its tensor. */
  readonly share: number;
}

/**
 * Disturbs what the frozen layers put out instead of the image: one signed gradient step from a random start, as
 * `fastObjective`, in the tensors that the lowest trained layer reads. Frozen layers are neither run again nor
 * differentiated. No radius in pixels follows from it; what it brings is measured.
 */
export async function featureObjective(options: FeatureOptions, session: SessionOptions): Promise<Objective> {
  const { model, inputs, logits, classes, parameters, share } = options;
  const graph = buildStepGraph(model, {
    parameters: [],
    inputs,
    loss: (g) => {
      const rows = g.op('Flatten', [logits], { axis: 1 });
      return crossEntropy(g, rows, g.input(labelsInput, 'int64', ['batch']), classes);
    },
  });
  const known = graph.model.graph.initializers;
  const freed = initializersAsInputs(
    graph.model,
    parameters.filter((name) => known.has(name)),
  );
  const step = await Step.open({ ...graph, model: freed }, session);
  const counter = new FlopCounter(freed);
  let flops = 0;
  return {
    copies: 1,
    replays: 1,
    absorbs: null,
    loss: plainLoss,
    async disturb({ feeds, labels, parameters: weights, random }) {
      const started = new Map<string, Started>();
      for (const name of inputs)
        started.set(
          name,
          start(feeds[name]!, share, () => random.uniform()),
        );
      const moved: Record<string, Tensor> = { ...feeds };
      for (const [name, { values, dims }] of started) moved[name] = float32Tensor(dims, values);
      const batch = { ...moved, [labelsInput]: int64Tensor([labels.length], labels) };
      const present = [...weights].filter(([name]) => known.has(name));
      const { gradients } = await step.run(batch, new Map(present));
      flops += counter.of({ ...batch, ...feedsOf(present, known) });
      for (const [name, { clean, values, epsilon }] of started) {
        const gradient = gradients.get(name);
        if (!gradient) continue;
        for (let i = 0; i < values.length; i++) {
          const stepped = values[i]! + 1.25 * epsilon * Math.sign(gradient[i]!);
          values[i] = Math.min(clean[i]! + epsilon, Math.max(clean[i]! - epsilon, stepped));
        }
      }
      return moved;
    },
    flops: () => flops,
    dispose: () => step.dispose(),
  };
}

interface Started {
  readonly clean: Float32Array;
  readonly values: Float32Array;
  readonly dims: readonly number[];
  readonly epsilon: number;
}

function start({ data, dims }: Tensor, share: number, uniform: () => number): Started {
  const clean = data as Float32Array;
  const squares = clean.reduce((sum, value) => sum + value * value, 0);
  const epsilon = share * Math.sqrt(squares / clean.length);
  return { clean, dims, epsilon, values: clean.map((value) => value + epsilon * (2 * uniform() - 1)) };
}

function feedsOf(
  parameters: readonly (readonly [string, Float32Array])[],
  known: Model['graph']['initializers'],
): Record<string, Tensor> {
  return Object.fromEntries(
    parameters.map(([name, values]) => [name, float32Tensor(known.get(name)!.dims, values)]),
  );
}
