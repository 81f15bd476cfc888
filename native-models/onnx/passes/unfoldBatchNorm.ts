import { ModelError } from '../../errors.ts';
import { tensorFromNumbers, tensorToNumbers } from '../dataTypes.ts';
import type { Model, Node, Tensor } from '../ir.ts';
import { consumers, namesInUse, unusedName } from '../topology.ts';
import { pruneGraph } from './removeDeadCode.ts';

/** Of a layer's result, over batch and space: one entry a channel. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

export interface UnfoldBatchNormOptions {
  /** Measured statistics by the name of the Conv's output. Layers not listed get mean 0 and variance 1. */
  readonly statistics?: ReadonlyMap<string, ChannelStatistics>;
  /** ε of the new nodes; default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Puts a BatchNormalization behind every Conv that has none, without changing what the model computes: with the
 * statistics μ, σ² of the Conv's result y = x + b, the Conv loses its bias, and the new node has mean μ − b,
 * variance σ², γ = √(σ²+ε), β = μ. Its parameters are named `<weight>.bn.scale`, `.bias`, `.mean`, `.variance`.
 *
 * - Left alone: a Conv whose reader is a BatchNormalization already, weights that are no initializers.
 * - The value the Conv made keeps its name, now behind the normalisation.
 * @throws ModelError badRequest where statistics are not one entry a channel
 */
export function unfoldBatchNorm(model: Model, options: UnfoldBatchNormOptions = {}): Model {
  const { statistics, epsilon = 1e-5 } = options;
  const { graph } = model;
  const readers = consumers(graph);
  const initializers = new Map(graph.initializers);
  const names = namesInUse(graph);
  const fresh = (hint: string) => {
    const name = unusedName(hint, names);
    names.add(name);
    return name;
  };

  const nodes: Node[] = graph.nodes.flatMap((node) => {
    const weightName = node.inputs[1] ?? '';
    const weight = initializers.get(weightName);
    const bias = node.inputs[2] ? graph.initializers.get(node.inputs[2]) : null;
    const output = node.outputs[0] ?? '';
    const isNormed = readers.get(output)?.some(({ op }) => op === 'BatchNormalization') ?? false;
    if (node.op !== 'Conv' || !weight || bias === undefined || isNormed) return [node];

    const channels = weight.dims[0] ?? 0;
    const own = statistics?.get(output);
    if (bias && bias.data.length !== channels) return [node];
    if (own && (own.mean.length !== channels || own.variance.length !== channels)) {
      throw new ModelError('badRequest', {
        reason: 'statistics of another number of channels',
        name: output,
      });
    }
    const b = bias ? tensorToNumbers(bias) : new Float64Array(channels);
    const mean = own ? Float64Array.from(own.mean) : b;
    const variance = own ? Float64Array.from(own.variance) : new Float64Array(channels).fill(1);
    const list = (values: Float64Array): Tensor => tensorFromNumbers(weight.dtype, [channels], values);
    const parameter = (name: string, tensor: Tensor) => {
      const full = fresh(`${weightName}.bn.${name}`);
      initializers.set(full, tensor);
      return full;
    };
    const raw = fresh(`${output}_raw`);
    return [
      { ...node, inputs: node.inputs.slice(0, 2), outputs: [raw] },
      {
        name: node.name === '' ? '' : `${node.name}_bn`,
        op: 'BatchNormalization',
        domain: '',
        inputs: [
          raw,
          parameter('scale', list(variance.map((value) => Math.sqrt(value + epsilon)))),
          parameter('bias', list(mean)),
          parameter('mean', list(mean.map((value, channel) => value - b[channel]!))),
          parameter('variance', list(variance)),
        ],
        outputs: [output],
        attributes: new Map([['epsilon', { type: 'float', value: Math.fround(epsilon) }]]),
      },
    ];
  });
  return {
    ...model,
    irVersion: Math.max(model.irVersion, 4),
    graph: pruneGraph({ ...graph, nodes, initializers }),
  };
}
