import { floatAttribute, intAttribute } from '../attributes.ts';
import { isFloatType, tensorFromNumbers, tensorToNumbers } from '../dataTypes.ts';
import type { Graph, Model, Node, Tensor } from '../ir.ts';
import { consumers, producers } from '../topology.ts';
import { pruneGraph } from './removeDeadCode.ts';

/**
 * Merges a BatchNormalization (inference form) into the Conv, ConvTranspose or Gemm before it:
 * W' = W·γ/√(σ²+ε) for each output channel, b' = (b−μ)·γ/√(σ²+ε) + β, computed in float64 and rounded once.
 *
 * - The weight keeps its name; the bias takes the layer's bias name, else that of β.
 * - Left alone: a layer whose result is read elsewhere or is an output, weights shared with another node, weights
 *   that are no initializers, BatchNormalization in training form.
 */
export function foldBatchNorm(model: Model): Model {
  let graph = model.graph;
  // Each fold keeps the names of values, so the maps of the first graph serve for all.
  const made = producers(graph);
  const readers = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nodes = new Map<Node, Node | null>();
  const initializers = new Map(graph.initializers);

  for (const norm of graph.nodes) {
    const value = norm.inputs[0] ?? '';
    const layer = made.get(value);
    if (!layer || !isFoldableNorm(norm, graph) || outputs.has(value) || readers.get(value)?.length !== 1)
      continue;
    if (nodes.has(layer)) continue;
    const isOwn = (name: string | undefined) => !name || readers.get(name)?.length === 1;
    if (!isOwn(layer.inputs[1]) || !isOwn(layer.inputs[2])) continue;
    const folded = fold(layer, norm, graph);
    if (!folded) continue;

    const beta = norm.inputs[2]!;
    const biasName = layer.inputs[2] || (isOwn(beta) ? beta : `${norm.outputs[0]!}_bias`);
    initializers.set(layer.inputs[1]!, folded.weight);
    initializers.set(biasName, folded.bias);
    const attributes = new Map(layer.attributes);
    // The bias has been multiplied by it already.
    if (layer.op === 'Gemm') attributes.delete('beta');
    nodes.set(layer, {
      ...layer,
      attributes,
      inputs: [layer.inputs[0]!, layer.inputs[1]!, biasName],
      outputs: [norm.outputs[0]!],
    });
    nodes.set(norm, null);
  }
  graph = {
    ...graph,
    initializers,
    nodes: graph.nodes.flatMap((node) => {
      const replaced = nodes.get(node);
      return replaced === null ? [] : [replaced ?? node];
    }),
  };
  return { ...model, irVersion: Math.max(model.irVersion, 4), graph: pruneGraph(graph) };
}

function isFoldableNorm(node: Node, { initializers }: Graph): boolean {
  const channels = initializers.get(node.inputs[1] ?? '')?.dims;
  return (
    channels?.length === 1 &&
    node.op === 'BatchNormalization' &&
    node.domain === '' &&
    intAttribute(node, 'training_mode', 0) === 0 &&
    node.outputs.slice(1).every((name) => name === '') &&
    node.inputs.length === 5 &&
    node.inputs.slice(1).every((name) => initializers.get(name)?.dims.join() === channels?.join())
  );
}

/** Scale γ/√(σ²+ε) and shift β − μ·scale of each channel, float64. */
function affineOf(norm: Node, { initializers }: Graph): { scale: Float64Array; shift: Float64Array } {
  const [gamma, beta, mean, variance] = norm.inputs
    .slice(1, 5)
    .map((name) => tensorToNumbers(initializers.get(name)!)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const epsilon = floatAttribute(norm, 'epsilon', 1e-5);
  const scale = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  return { scale, shift: beta.map((value, channel) => value - mean[channel]! * scale[channel]!) };
}

function fold(layer: Node, norm: Node, graph: Graph): { weight: Tensor; bias: Tensor } | null {
  const weight = graph.initializers.get(layer.inputs[1] ?? '');
  const channelOf = weight && outputChannel(layer, weight);
  const bias = layer.inputs[2] ? graph.initializers.get(layer.inputs[2]) : null;
  if (!weight || !channelOf || bias === undefined || !isFloatType(weight.dtype)) return null;

  const { scale, shift } = affineOf(norm, graph);
  const channels = scale.length;
  if (bias && bias.data.length !== channels && bias.data.length !== 1) return null;
  const biasFactor = layer.op === 'Gemm' ? floatAttribute(layer, 'beta', 1) : 1;
  const before = bias ? tensorToNumbers(bias) : null;
  return {
    weight: tensorFromNumbers(
      weight.dtype,
      weight.dims,
      tensorToNumbers(weight).map((value, at) => value * scale[channelOf(at)]!),
    ),
    bias: tensorFromNumbers(
      weight.dtype,
      [channels],
      shift.map((value, channel) => {
        const own = before ? before[before.length === 1 ? 0 : channel]! * biasFactor : 0;
        return value + own * scale[channel]!;
      }),
    ),
  };
}

/** For each offset into the weight, the output channel it belongs to; undefined where the layer is of another kind. */
function outputChannel(layer: Node, weight: Tensor): ((offset: number) => number) | undefined {
  if (layer.domain !== '') return undefined;
  const [d0 = 1, d1 = 1] = weight.dims;
  switch (layer.op) {
    case 'Conv': {
      const each = weight.data.length / d0;
      return (offset) => Math.floor(offset / each);
    }
    case 'ConvTranspose': {
      const each = weight.data.length / (d0 * d1);
      const inputsOfGroup = d0 / intAttribute(layer, 'group', 1);
      return (offset) => {
        const input = Math.floor(offset / (each * d1));
        return Math.floor(input / inputsOfGroup) * d1 + (Math.floor(offset / each) % d1);
      };
    }
    case 'Gemm':
      return intAttribute(layer, 'transB', 0) === 1
        ? (offset) => Math.floor(offset / d1)
        : (offset) => offset % d1;
    default:
      return undefined;
  }
}
