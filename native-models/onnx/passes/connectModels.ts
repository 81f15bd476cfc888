import { ModelError } from '../../errors.ts';
import type { Model } from '../ir.ts';
import { hasSubgraph, namesInUse, sortNodes } from '../topology.ts';

export interface ConnectOptions {
  /** Input of `second` → value of `first` that feeds it. Inputs not listed become inputs of the result. */
  readonly connections: Readonly<Record<string, string>>;
  /** Put before every name of `second` but its unconnected inputs and its outputs; default '' (names must not clash). */
  readonly prefix?: string;
  /** Outputs of `first` that stay outputs; default none. */
  readonly keepOutputs?: readonly string[];
}

/**
 * One model out of two: `second` reads values of `first`. Outputs are those kept of `first`, then those of `second`.
 * Metadata and statements about values come from both, `first` deciding where both say something.
 * @throws ModelError badRequest where operator sets differ, names clash, or a name to connect does not exist;
 *   modelOperatorUnknown where `second` has control flow, whose inner names cannot be prefixed
 */
export function connectModels(first: Model, second: Model, options: ConnectOptions): Model {
  const { connections, prefix = '', keepOutputs = [] } = options;
  for (const [domain, version] of second.opsets) {
    const own = first.opsets.get(domain);
    if (own !== undefined && own !== version) {
      throw new ModelError('badRequest', {
        reason: 'operator sets differ',
        domain,
        first: own,
        second: version,
      });
    }
  }
  const names = namesInUse(first.graph);
  for (const [input, value] of Object.entries(connections)) {
    if (!second.graph.inputs.some(({ name }) => name === input)) {
      throw new ModelError('badRequest', { reason: 'no such input', name: input });
    }
    if (!names.has(value)) throw new ModelError('modelOutputMissing', { name: value });
  }
  const kept = new Set([...second.graph.inputs, ...second.graph.outputs].map(({ name }) => name));
  const rename = (name: string) =>
    name === '' ? '' : (connections[name] ?? (kept.has(name) ? name : `${prefix}${name}`));
  for (const name of namesInUse(second.graph)) {
    if (!(name in connections) && names.has(rename(name))) {
      throw new ModelError('badRequest', { reason: 'name in both models', name: rename(name) });
    }
  }
  const flow = second.graph.nodes.find(hasSubgraph);
  if (flow && prefix !== '') throw new ModelError('modelOperatorUnknown', { op: flow.op, node: flow.name });

  const nodeNames = new Set(first.graph.nodes.map(({ name }) => name));
  const added = second.graph.nodes.map((node) => ({
    ...node,
    name: nodeNames.has(node.name) && node.name !== '' ? `${prefix || 'second_'}${node.name}` : node.name,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const renamed = <Value>(map: ReadonlyMap<string, Value>) =>
    [...map]
      .filter(([name]) => !(name in connections))
      .map(([name, value]) => [rename(name), value] as const);
  return {
    ...first,
    irVersion: Math.max(first.irVersion, second.irVersion),
    opsets: new Map([...second.opsets, ...first.opsets]),
    metadata: new Map([...second.metadata, ...first.metadata]),
    graph: {
      ...first.graph,
      inputs: [...first.graph.inputs, ...second.graph.inputs.filter(({ name }) => !(name in connections))],
      outputs: [
        ...first.graph.outputs.filter(({ name }) => keepOutputs.includes(name)),
        ...second.graph.outputs.map((info) => ({ ...info, name: rename(info.name) })),
      ],
      nodes: sortNodes([...first.graph.nodes, ...added]),
      initializers: new Map([...first.graph.initializers, ...renamed(second.graph.initializers)]),
      valueInfo: new Map([
        ...renamed(second.graph.valueInfo).map(([name, info]) => [name, { ...info, name }] as const),
        ...first.graph.outputs.map((info) => [info.name, info] as const),
        ...first.graph.valueInfo,
      ]),
    },
  };
}
