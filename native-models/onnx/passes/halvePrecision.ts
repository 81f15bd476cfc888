import { toAttribute } from '../attributes.ts';
import { codeOfDataType, tensorFromNumbers, tensorToNumbers } from '../dataTypes.ts';
import type { Model, Node, Tensor } from '../ir.ts';
import { inferGraph } from '../shapes/infer.ts';
import { removeDeadCode } from './removeDeadCode.ts';

/** Operators that devices compute in half precision, and whose results do not live on small differences of large numbers. */
const halved: ReadonlySet<string> = new Set([
  ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'BatchNormalization'],
  ...['Relu', 'LeakyRelu', 'Clip', 'Sigmoid', 'Tanh', 'Add', 'Mul', 'Concat'],
  ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'Flatten', 'Transpose'],
]);

/**
 * Computes the stretches of a graph that lie before some tensors in float16: convolutions and what stands between them. Values
 * are cast where a stretch begins and ends, so that inputs and outputs stay float32, as does all that comes after those
 * tensors: distances and sums, which half precision would drown.
 * @param until tensors that end the part computed in half precision; none = the whole graph
 */
export function halvePrecision(model: Model, until: readonly string[]): Model {
  const { graph } = model;
  const { types } = inferGraph(model);
  const isFloat = (name: string) =>
    (graph.initializers.get(name)?.dtype ?? types.get(name)?.dtype) === 'float32';
  const before = until.length === 0 ? null : nodesBefore(graph.nodes, until);
  const isHalved = (node: Node) =>
    halved.has(node.op) &&
    node.domain === '' &&
    (before === null || before.has(node)) &&
    [...node.inputs, ...node.outputs].every((name) => name === '' || isFloat(name));

  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>(graph.initializers);
  const made = new Set(graph.nodes.filter(isHalved).flatMap(({ outputs }) => outputs));
  const known = new Set<string>(made);
  const half = (name: string): string => {
    if (name === '') return name;
    const own = `${name}/half`;
    const constant = graph.initializers.get(name);
    if (constant) initializers.set(own, halfTensor(constant));
    else if (!known.has(name)) nodes.push(cast(name, own, 'float16'));
    known.add(name);
    return own;
  };
  const asked = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) if (!isHalved(node)) for (const name of node.inputs) asked.add(name);
  for (const node of graph.nodes) {
    if (!isHalved(node)) {
      nodes.push(node);
      continue;
    }
    const inputs = node.inputs.map(half);
    const outputs = node.outputs.map((name) => name && `${name}/half`);
    nodes.push({ ...node, inputs, outputs });
    // For those who read it in single precision.
    for (const name of node.outputs) {
      if (asked.has(name)) nodes.push(cast(`${name}/half`, name, 'float32'));
    }
  }
  return removeDeadCode({ ...model, graph: { ...graph, nodes, initializers } });
}

function nodesBefore(nodes: readonly Node[], until: readonly string[]): ReadonlySet<Node> {
  const needed = new Set(until);
  const before = new Set<Node>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    before.add(node);
    for (const name of node.inputs) needed.add(name);
  }
  return before;
}

function cast(from: string, to: string, dtype: 'float16' | 'float32'): Node {
  const attributes = new Map([['to', toAttribute('to', codeOfDataType(dtype))]]);
  return { name: `cast ${to}`, op: 'Cast', domain: '', inputs: [from], outputs: [to], attributes };
}

function halfTensor(tensor: Tensor): Tensor {
  return tensorFromNumbers('float16', tensor.dims, tensorToNumbers(tensor));
}
