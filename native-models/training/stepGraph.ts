import { differentiate } from '../autodiff/differentiate.ts';
import type { Formulations } from '../autodiff/formulations.ts';
import { GraphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/ir.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import type { Loss } from './losses/loss.ts';
import { initializersAsInputs } from './parameters.ts';

export interface StepGraphOptions {
  /** Initializers that train. */
  readonly parameters: readonly string[];
  /** Writes the loss on top of the model; declares whatever inputs it needs (labels, weights). */
  readonly loss: (g: GraphBuilder) => Loss;
  /** Graph inputs (the image) whose gradient is wanted too. */
  readonly inputs?: readonly string[];
  /** Outputs of the model to compute beside the loss, e.g. the logits. */
  readonly outputs?: readonly string[];
  readonly formulations?: Formulations;
}

/** Forward, loss and backward as one ordinary graph. */
export interface StepGraph {
  readonly model: Model;
  /** Output with the scalar loss. */
  readonly loss: string;
  /** Output [N] with the loss of each sample. */
  readonly perSample: string;
  /** Parameter or input → output with its gradient, `null` where the loss does not depend on it. */
  readonly gradients: ReadonlyMap<string, string | null>;
}

/**
 * Builds the graph of one training step: the model with its trained parameters as inputs, the loss, and the
 * backward nodes that those parameters need, no others.
 * @throws ModelError as `differentiate` and `initializersAsInputs`
 */
export function buildStepGraph(model: Model, options: StepGraphOptions): StepGraph {
  const g = new GraphBuilder(upgradeOpset(model));
  const { loss, perSample, seeds } = options.loss(g);
  const { model: whole, gradients } = differentiate(g.model(), {
    seeds,
    withRespectTo: [...options.parameters, ...(options.inputs ?? [])],
    outputs: [...(options.outputs ?? []), loss, perSample],
    ...(options.formulations ? { formulations: options.formulations } : {}),
  });
  return { model: initializersAsInputs(whole, options.parameters), loss, perSample, gradients };
}
