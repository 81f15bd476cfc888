import type { Model, Tensor } from '../../onnx/ir.ts';
import { countModel } from '../../onnx/count.ts';
import { int64Tensor } from '../../onnx/dataTypes.ts';
import { extractSubgraph } from '../../onnx/passes/extractSubgraph.ts';
import { chooseLayers, type LayerScore } from '../../selection/layers.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import type { Adaptation } from '../adaptation.ts';
import { labelsInput } from '../classifierStep.ts';
import { globalNorm } from '../clipping.ts';
import { GradientMean } from '../gradientMean.ts';
import { describeTrainable, type TrainingGroup } from '../layers/groups.ts';
import { crossEntropy } from '../losses/crossEntropy.ts';
import { readParameters } from '../parameters.ts';
import { Step } from '../step.ts';
import { buildStepGraph, type StepGraph } from '../stepGraph.ts';

export interface ScoredLayers {
  /** In the order of the graph, from the image to the outputs. */
  readonly scores: readonly LayerScore[];
  /** FLOPs of a step on one image: forward pass alone, and everything trained. */
  readonly forwardFlops: number;
  readonly wholeFlops: number;
  /** Measured on the backward pass behind the scores. */
  readonly flopsPerSecond: number;
  /** The same with these modules trained. */
  readonly stepFlops: (groups: readonly TrainingGroup[]) => number;
  /** The same of a model made ready to train, with the gradient in the image or without. */
  readonly adaptedFlops: (
    adaptation: Pick<Adaptation, 'model' | 'parameters'>,
    withImage?: boolean,
  ) => number;
  /** A forward pass of it, adapters beside its layers included. */
  readonly forwardFlopsOf: (model: Model) => number;
}

export interface LayerEvidence {
  readonly model: Model;
  readonly input: string;
  readonly logits: string;
  readonly classes: number;
  /** Values that hold every module which may train before them. */
  readonly outputs: readonly string[];
  /** Disturbed samples: images float32 [N, C, H, W] and their classes, in parts computed one at a time. */
  readonly parts: readonly { readonly images: Tensor; readonly labels: readonly number[] }[];
  readonly session: SessionOptions;
}

/** What one backward pass over disturbed samples says about each module, and what training it would cost. */
export async function scoreLayers(evidence: LayerEvidence): Promise<ScoredLayers> {
  const { model, input, logits, classes, outputs, parts } = evidence;
  const { groups } = describeTrainable(extractSubgraph(model, outputs));
  const graphOf = (of: Model, parameters: readonly string[], inputs: readonly string[] = []): StepGraph =>
    buildStepGraph(of, {
      ...{ parameters, inputs },
      loss: (g) => {
        const rows = g.op('Flatten', [logits], { axis: 1 });
        return crossEntropy(g, rows, g.input(labelsInput, 'int64', ['batch']), classes);
      },
    });
  const shapes = { [input]: [1, ...parts[0]!.images.dims.slice(1)], [labelsInput]: [1] };
  const countStep = (step: StepGraph) => countModel(step.model, shapes).flops;
  const namesIn = (trained: readonly TrainingGroup[]) => trained.flatMap(({ parameters }) => parameters);
  const stepFlops = (trained: readonly TrainingGroup[]) => countStep(graphOf(model, namesIn(trained)));

  const whole = graphOf(model, namesIn(groups));
  const weights = readParameters(model, namesIn(groups));
  const { gradients, seconds } = await gradientsOf(whole, weights, evidence);
  const countForward = (of: Model) => countModel(of, { [input]: shapes[input]! });
  const forward = countForward(model);
  const norm = (names: readonly string[], of: ReadonlyMap<string, Float32Array>) =>
    globalNorm(new Map([...of].filter(([name]) => names.includes(name))));
  const scores = groups.map((group): LayerScore => {
    const { name, parameters } = group;
    const gradient = norm(parameters, gradients);
    const weight = norm(parameters, weights);
    const own = new Set(parameters);
    return {
      name,
      parameters,
      size: parameters.reduce((sum, each) => sum + weights.get(each)!.length, 0),
      relativeGradient: weight === 0 ? 0 : gradient / weight,
      criticality: weight * gradient,
      aloneFlops: stepFlops([group]),
      // A weight gradient multiplies as often as the layer itself does.
      ownFlops: forward.nodes
        .filter(({ node }) => node.inputs.some((each) => own.has(each)))
        .reduce((sum, { flops }) => sum + flops, 0),
    };
  });
  const wholeFlops = countStep(whole);
  const adaptedFlops: ScoredLayers['adaptedFlops'] = (of, withImage = false) =>
    countStep(graphOf(of.model, of.parameters, withImage ? [input] : []));
  const images = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const flopsPerSecond = (images * wholeFlops) / seconds;
  return {
    ...{ scores, wholeFlops, stepFlops, adaptedFlops, flopsPerSecond },
    forwardFlops: forward.flops,
    forwardFlopsOf: (of) => countForward(of).flops,
  };
}

/**
 * Modules that a policy of method.md, section 3 picks by their scores. A step costs something whatever trains: the way
 * to the lowest layer there is to train, of a detector its memory. Where that alone is above the budget, the budget is
 * meant of the rest.
 */
export function layersByScore(
  policy: 'auto' | 'recover-clean',
  { scores, wholeFlops, stepFlops }: ScoredLayers,
  budget: number,
): readonly LayerScore[] {
  if (policy === 'auto') {
    const least = Math.min(...scores.map(({ aloneFlops }) => aloneFlops));
    const asked = budget * wholeFlops;
    const flops = asked >= least ? asked : least + budget * (wholeFlops - least);
    return chooseLayers({ scores, flops, stepFlops });
  }
  // What robustness hangs on least is free to fit clean data (RiFT, arXiv 2308.02533).
  return [scores.reduce((least, each) => (each.criticality < least.criticality ? each : least))];
}

async function gradientsOf(
  graph: StepGraph,
  weights: ReadonlyMap<string, Float32Array>,
  { input, parts, session }: LayerEvidence,
): Promise<{ gradients: ReadonlyMap<string, Float32Array>; seconds: number }> {
  const step = await Step.open(graph, session);
  const mean = new GradientMean();
  const total = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const start = performance.now();
  try {
    for (const { images, labels } of parts) {
      const feeds = { [input]: images, [labelsInput]: int64Tensor([labels.length], labels) };
      const { loss, gradients } = await step.run(feeds, weights);
      mean.add(loss, gradients, labels.length / total);
    }
  } finally {
    await step.dispose();
  }
  return { gradients: mean.gradients, seconds: (performance.now() - start) / 1000 };
}
