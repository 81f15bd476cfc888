import { ModelError } from '../errors.ts';
import { bytesPerElement, elementCount } from './dataTypes.ts';
import { flopsOf, type NodeShapes } from './flops.ts';
import type { Dim, Model, Node } from './ir.ts';
import { discoverModules, type Module } from './modules.ts';
import { parameterNames } from './parameters.ts';
import { inferGraph } from './shapes/infer.ts';
import type { ValueType } from './shapes/scope.ts';
import { valuesRead } from './topology.ts';

export interface Cost {
  /** Floating-point operations; a multiply-add is two. See `flops.ts` for the conventions. */
  readonly flops: number;
  /** Elements of the trainable initializers, each counted where it is first read. */
  readonly parameters: number;
  readonly parameterBytes: number;
  /** Bytes of the values the nodes make, as a training step that keeps them all has to hold. */
  readonly activationBytes: number;
}

export interface NodeCost extends Cost {
  readonly node: Node;
}

export interface ModuleCost extends Cost {
  readonly module: Module;
}

export interface ModelCost extends Cost {
  /** Most bytes of values alive at one time when each is dropped after its last reader: an inference. */
  readonly peakActivationBytes: number;
  /** In the order of the graph. */
  readonly nodes: readonly NodeCost[];
  /** As `discoverModules` finds them; a node counts in every module around it. */
  readonly modules: readonly ModuleCost[];
}

/** Operators whose result is another view of the same memory. */
const views = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/**
 * What one run of the model costs for these input shapes.
 * @param inputShapes sizes without symbols by input name; inputs whose declared shape has only numbers may be left out
 * @throws ModelError modelShapeUnresolved where a shape does not follow from the input shapes
 */
export function countModel(
  model: Model,
  inputShapes: Readonly<Record<string, readonly number[]>> = {},
): ModelCost {
  const { graph } = model;
  const { types } = inferGraph(model, {
    inputShapes: new Map<string, readonly Dim[]>(Object.entries(inputShapes)),
  });
  const parameters = new Set(parameterNames(graph));
  const outputs = new Set(graph.outputs.map(({ name }) => name));

  const nodes = graph.nodes.map((node): NodeCost => {
    const shapes: NodeShapes = {
      inputs: node.inputs.map((name) => (name === '' ? null : sizeOf(name, node, types))),
      outputs: node.outputs.filter((name) => name !== '').map((name) => sizeOf(name, node, types)),
    };
    const own = node.inputs
      .filter((name) => parameters.delete(name))
      .map((name) => graph.initializers.get(name)!);
    return {
      node,
      flops: flopsOf(node, shapes),
      parameters: sum(own, ({ data }) => data.length),
      parameterBytes: sum(own, ({ data }) => data.byteLength),
      activationBytes: views.has(node.op) ? 0 : sum(node.outputs, (name) => bytesOf(name, node, types)),
    };
  });

  const costs = new Map(nodes.map((cost) => [cost.node, cost]));
  return {
    ...totalOf(nodes),
    nodes,
    modules: discoverModules(model).map((module) => {
      // By what the module reads: a weight that is transposed first is read by a node outside.
      const own = module.parameters.map((name) => graph.initializers.get(name)!);
      return {
        module,
        ...totalOf(module.nodes.map((node) => costs.get(node)!)),
        parameters: sum(own, ({ data }) => data.length),
        parameterBytes: sum(own, ({ data }) => data.byteLength),
      };
    }),
    peakActivationBytes: peakOf(graph.nodes, outputs, (name, node) => bytesOf(name, node, types)),
  };
}

function totalOf(costs: readonly Cost[]): Cost {
  return {
    flops: sum(costs, ({ flops }) => flops),
    parameters: sum(costs, ({ parameters }) => parameters),
    parameterBytes: sum(costs, ({ parameterBytes }) => parameterBytes),
    activationBytes: sum(costs, ({ activationBytes }) => activationBytes),
  };
}

function peakOf(
  nodes: readonly Node[],
  outputs: ReadonlySet<string>,
  bytes: (name: string, node: Node) => number,
): number {
  const lastReader = new Map<string, Node>();
  for (const node of nodes) for (const name of valuesRead(node)) lastReader.set(name, node);
  const live = new Map<string, number>();
  let total = 0;
  let peak = 0;
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      const size = views.has(node.op) ? 0 : bytes(name, node);
      live.set(name, size);
      total += size;
    }
    peak = Math.max(peak, total);
    for (const name of new Set([...valuesRead(node), ...node.outputs])) {
      if ((lastReader.get(name) ?? node) !== node || outputs.has(name)) continue;
      total -= live.get(name) ?? 0;
      live.delete(name);
    }
  }
  return peak;
}

function sizeOf(name: string, node: Node, types: ReadonlyMap<string, ValueType>): readonly number[] {
  const shape = types.get(name)?.shape;
  if (!shape?.every((dim) => typeof dim === 'number')) {
    throw new ModelError('modelShapeUnresolved', {
      node: node.name || node.outputs[0] || '',
      op: node.op,
      value: name,
      shape: shape ? `[${shape.join(', ')}]` : 'unknown',
    });
  }
  return shape as readonly number[];
}

function bytesOf(name: string, node: Node, types: ReadonlyMap<string, ValueType>): number {
  if (name === '') return 0;
  const dtype = types.get(name)?.dtype;
  return elementCount(sizeOf(name, node, types)) * (dtype ? bytesPerElement(dtype) : 4);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
