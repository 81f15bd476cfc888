import { ModelError } from '../errors.ts';
import { intAttribute } from '../onnx/attributes.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { int64Tensor, zeroTensor } from '../onnx/dataTypes.ts';
import type { Graph, Model, Node, Tensor, ValueInfo } from '../onnx/ir.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import { consumers, producers } from '../onnx/topology.ts';

/** The last linear layer of a classifier. */
export interface Head {
  /** Value [N, classes], or [N, classes, 1, 1], before any softmax: what a loss is written on. */
  readonly logits: string;
  /** Initializer of the Gemm, MatMul or 1×1 Conv. */
  readonly weight: string;
  readonly bias: string | null;
  readonly classes: number;
}

interface FoundHead extends Head {
  readonly node: Node;
}

const softmaxes = new Set(['Softmax', 'LogSoftmax']);
const moves = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Dropout', 'Cast']);

/** The head of a classifier, or null where no output [N, classes] comes from a linear layer. */
export function findHead(model: Model): Head | null {
  const found = find(model);
  if (!found) return null;
  const { logits, weight, bias, classes } = found;
  return { logits, weight, bias, classes };
}

/**
 * The model with a head for so many classes. A head of that size stays as it is; one of another size keeps its names
 * and starts from zeros; a model without one gets global average pooling and a Gemm behind all its feature outputs, the
 * coarse and the fine ones side by side, as a further output `logits`. A head of zeros gives every class the same chance and needs no random numbers, so a layer
 * patch can rebuild it.
 * @throws ModelError `headUnsupported` where there is no output [N,C] or [N,C,H,W] to put a head on, or the new size
 *   contradicts the graph behind the head
 */
export function withHead(model: Model, classes: number): { model: Model; head: Head } {
  const found = find(model);
  const changed = !found
    ? addHead(model, classes)
    : found.classes === classes
      ? model
      : resizeHead(model, found, classes);
  const head = findHead(changed);
  if (head?.classes !== classes) throw new ModelError('headUnsupported', { classes });
  return { model: changed, head };
}

function find(model: Model): FoundHead | null {
  const { graph } = inferShapes(model);
  const makers = producers(graph);
  const position = new Map(graph.nodes.map((node, index) => [node, index]));
  const heads = graph.outputs.flatMap((output) => behind(graph, makers, output) ?? []);
  return heads.sort((a, b) => position.get(b.node)! - position.get(a.node)!)[0] ?? null;
}

/** Walks back from an output over what only moves data, a softmax and an added bias. */
function behind(graph: Graph, makers: ReadonlyMap<string, Node>, output: ValueInfo): FoundHead | null {
  if (output.shape?.length !== 2) return null;
  let logits = output.name;
  let value = output.name;
  let bias: string | null = null;
  for (let node = makers.get(value); node?.domain === ''; node = makers.get(value)) {
    const weight = weightOf(graph, node);
    if (weight) {
      if (weight.classes !== output.shape[1]) return null;
      const own = node.inputs[2] || null;
      return { logits, weight: weight.name, bias: own ?? bias, classes: weight.classes, node };
    }
    if (softmaxes.has(node.op)) logits = node.inputs[0]!;
    const added = node.op === 'Add' ? node.inputs.find((name) => graph.initializers.has(name)) : undefined;
    if (added !== undefined) bias = added;
    else if (!softmaxes.has(node.op) && !moves.has(node.op)) return null;
    value = node.inputs.find((name) => name !== added)!;
  }
  return null;
}

function weightOf(graph: Graph, node: Node): { name: string; classes: number } | null {
  const name = node.inputs[1] ?? '';
  const tensor = graph.initializers.get(name);
  const axis = tensor && classAxis(node, tensor);
  return axis === undefined ? null : { name, classes: tensor!.dims[axis]! };
}

/** Axis of the weight that counts the classes, for an operator that can be a head. */
function classAxis(node: Node, { dims }: Tensor): number | undefined {
  if (node.op === 'Conv') {
    const isPointwise = dims.slice(2).every((size) => size === 1) && intAttribute(node, 'group', 1) === 1;
    return isPointwise ? 0 : undefined;
  }
  if (dims.length !== 2) return undefined;
  if (node.op === 'Gemm') return intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
  return node.op === 'MatMul' ? 1 : undefined;
}

function resizeHead(model: Model, head: FoundHead, classes: number): Model {
  const { graph } = model;
  const initializers = new Map(graph.initializers);
  const weight = initializers.get(head.weight)!;
  const axis = classAxis(head.node, weight)!;
  const dims = weight.dims.map((size, at) => (at === axis ? classes : size));
  initializers.set(head.weight, zeroTensor(weight.dtype, dims));
  if (head.bias !== null) {
    const bias = initializers.get(head.bias)!;
    const own = bias.dims.map((size) => (size === head.classes ? classes : size));
    initializers.set(head.bias, zeroTensor(bias.dtype, own));
  }

  const after = nodesAfter(graph, head.node);
  for (const { op, inputs } of after) {
    const shape = op === 'Reshape' ? initializers.get(inputs[1] ?? '') : undefined;
    if (shape?.dtype !== 'int64') continue;
    const sizes = [...shape.data].map((size) => (size === BigInt(head.classes) ? BigInt(classes) : size));
    initializers.set(inputs[1]!, int64Tensor(shape.dims, sizes));
  }
  return restated({ ...model, graph: { ...graph, initializers } }, after, classes);
}

function nodesAfter(graph: Graph, first: Node): Set<Node> {
  const readers = consumers(graph);
  const after = new Set<Node>([first]);
  for (const node of after) {
    for (const output of node.outputs) for (const reader of readers.get(output) ?? []) after.add(reader);
  }
  return after;
}

/** What the file says of the shapes behind the head holds no longer. */
function restated(model: Model, after: ReadonlySet<Node>, classes: number): Model {
  const changed = new Set([...after].flatMap(({ outputs }) => outputs));
  const forget = (info: ValueInfo) => (changed.has(info.name) ? { ...info, shape: null } : info);
  const { graph } = model;
  const silent = {
    ...model,
    graph: {
      ...graph,
      outputs: graph.outputs.map(forget),
      valueInfo: new Map([...graph.valueInfo].filter(([name]) => !changed.has(name))),
    },
  };
  try {
    const { outputs } = inferShapes(silent).graph;
    return { ...silent, graph: { ...silent.graph, outputs } };
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ModelError('headUnsupported', { ...cause.params, classes }, { cause });
  }
}

function addHead(model: Model, classes: number): Model {
  const { graph } = inferShapes(model);
  const position = new Map(graph.nodes.flatMap(({ outputs }, i) => outputs.map((name) => [name, i])));
  const found = graph.outputs
    .filter(({ dtype, shape }) => {
      return dtype === 'float32' && typeof shape?.[1] === 'number' && [2, 4].includes(shape.length);
    })
    .sort((a, b) => (position.get(b.name) ?? -1) - (position.get(a.name) ?? -1));
  const batch = found[0]?.shape?.[0];
  if (batch === undefined) throw new ModelError('headUnsupported', { classes });
  // What counts something else than images cannot stand beside the deepest.
  const features = found.filter(({ shape }) => shape![0] === batch);

  const g = new GraphBuilder(model);
  const channels = features.reduce((sum, { shape }) => sum + (shape![1] as number), 0);
  const rows = features.map(({ name, shape }) =>
    shape!.length === 4 ? g.op('Flatten', [g.op('GlobalAveragePool', [name])]) : name,
  );
  const pooled = rows.length === 1 ? rows[0]! : g.op('Concat', rows, { axis: 1 });
  const weight = g.constant(zeroTensor('float32', [classes, channels]), 'head.weight');
  const bias = g.constant(zeroTensor('float32', [classes]), 'head.bias');
  const logits = g.op('Gemm', [pooled, weight, bias], { transB: 1 }, { name: 'logits' });
  g.output(logits, 'float32', [batch, classes]);
  return g.model();
}
