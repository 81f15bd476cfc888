import type { Model, Node } from './ir.ts';
import { dataFlowOf, type DataFlow } from './dataFlow.ts';
import { followLayer, type Layer } from './layers.ts';
import { moduleName, uniqueName } from './moduleNames.ts';
import { parameterNames } from './parameters.ts';

/**
 * - `convolution`: Conv or ConvTranspose with the normalisation and activation that follow it
 * - `linear`: MatMul or Gemm with a constant factor, its bias and activation
 * - `attention`: the projections, softmax(q·kᵀ)·v and the projection behind it
 * - `mlp`: two linear layers (or 1×1 convolutions) with an activation between them
 * - `residual`: two paths from one value that are added, with the activation behind the sum
 */
export type ModuleKind = 'convolution' | 'linear' | 'attention' | 'mlp' | 'residual';

/** A part of the graph that people have a word for. */
export interface Module {
  /** As the framework named it where the file still says so (`blocks.0.attn`), else kind and number. Unique. */
  readonly name: string;
  readonly kind: ModuleKind;
  /** In the order of the graph. */
  readonly nodes: readonly Node[];
  /** Trainable initializers read inside. */
  readonly parameters: readonly string[];
  /** The value the module gives to the rest. */
  readonly output: string;
  /** Name of the smallest module around this one. */
  readonly parent: string | null;
}

interface Found {
  readonly kind: ModuleKind;
  readonly nodes: ReadonlySet<Node>;
  readonly output: string;
}

/**
 * Finds the modules of a graph, from its structure alone; names are read from parameters and nodes where the
 * exporter kept them. Ordered by their first node, larger modules before the smaller ones inside them.
 */
export function discoverModules(model: Model): readonly Module[] {
  const flow = dataFlowOf(model.graph);
  const layers = new Map<Node, Layer>();
  for (const node of flow.graph.nodes) {
    const layer = followLayer(flow, node);
    if (layer) layers.set(node, layer);
  }
  const attentions = flow.graph.nodes.flatMap((node) => findAttention(flow, layers, node) ?? []);
  const inAttention = new Set(attentions.flatMap(({ nodes }) => [...nodes]));
  const mlps = [...layers.values()].flatMap((layer) =>
    inAttention.has(layer.root) ? [] : (findMlp(flow, layers, layer) ?? []),
  );
  const residuals = flow.graph.nodes.flatMap((node) => findResidual(flow, layers, node) ?? []);
  const found: Found[] = [...layers.values(), ...mlps, ...attentions, ...residuals];
  return describe(flow, found, new Set(parameterNames(model.graph)));
}

/** Where `nodes` ends in a linear layer or a small convolution, all of it and its result. */
function findMlp(flow: DataFlow, layers: ReadonlyMap<Node, Layer>, first: Layer): Found | null {
  if (!first.hasActivation || !first.isPointwise) return null;
  const passed = new Set(first.nodes);
  const next = followMoves(flow, first.output, passed);
  const second = next && layers.get(next);
  if (!second?.isPointwise) return null;
  return { kind: 'mlp', nodes: new Set([...passed, ...second.nodes]), output: second.output };
}

/** Follows sole readers over what only moves data; returns the first node that does more. */
function followMoves(flow: DataFlow, value: string, passed: Set<Node>): Node | undefined {
  let reader = flow.soleReader(value);
  while (reader && moves.has(reader.op) && flow.inputs(reader).length === 1) {
    passed.add(reader);
    reader = flow.soleReader(reader.outputs[0]!);
  }
  return reader;
}

const moves = new Set([
  ...['Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout', 'Cast', 'Expand'],
  ...['Concat', 'Slice', 'Split', 'Gather', 'Pad'],
]);
/** What may stand between a projection and a product of attention. */
const scales = new Set(['Mul', 'Div', 'Add', 'Sub', 'Where', 'Clip', 'Min', 'Max', 'Sqrt']);

const isProduct = (flow: DataFlow, node: Node | undefined) =>
  node !== undefined && (node.op === 'MatMul' || node.op === 'Einsum') && flow.inputs(node).length === 2;

function findAttention(flow: DataFlow, layers: ReadonlyMap<Node, Layer>, softmax: Node): Found | null {
  if (softmax.op !== 'Softmax') return null;
  const nodes = new Set([softmax]);

  let value: string | undefined = flow.inputs(softmax)[0];
  let scores = value === undefined ? undefined : flow.maker(value);
  while (scores && (moves.has(scores.op) || scales.has(scores.op))) {
    nodes.add(scores);
    value = flow.inputs(scores)[0];
    scores = value === undefined ? undefined : flow.maker(value);
  }
  const weighted = followMoves(flow, softmax.outputs[0]!, nodes);
  if (!isProduct(flow, scores) || !isProduct(flow, weighted)) return null;
  nodes.add(scores!).add(weighted!);

  const layerEndingIn = new Map([...layers.values()].map((layer) => [layer.output, layer]));
  const collectBack = (name: string) => {
    const layer = layerEndingIn.get(name);
    if (layer) {
      for (const node of layer.nodes) nodes.add(node);
      return;
    }
    const maker = flow.maker(name);
    if (!maker || nodes.has(maker) || !(moves.has(maker.op) || scales.has(maker.op))) return;
    nodes.add(maker);
    for (const input of flow.inputs(maker)) collectBack(input);
  };
  for (const product of [scores!, weighted!]) for (const input of flow.inputs(product)) collectBack(input);

  const passed = new Set<Node>();
  const next = followMoves(flow, weighted!.outputs[0]!, passed);
  const projection = next && layers.get(next);
  if (!projection) return { kind: 'attention', nodes, output: weighted!.outputs[0]! };
  return {
    kind: 'attention',
    nodes: new Set([...nodes, ...passed, ...projection.nodes]),
    output: projection.output,
  };
}

/**
 * For a sum of two data values: walks back from both, always from the later one, until the paths meet. What was
 * walked is a block when it computes something and nothing inside is read from outside.
 */
function findResidual(flow: DataFlow, layers: ReadonlyMap<Node, Layer>, sum: Node): Found | null {
  if (sum.op !== 'Add' || flow.inputs(sum).length !== 2) return null;
  const nodes = new Set([sum]);
  const frontier = new Set(flow.inputs(sum));
  const position = (value: string) => flow.indexOf.get(flow.maker(value)!) ?? -1;
  while (frontier.size > 1) {
    const latest = [...frontier].reduce((a, b) => (position(a) >= position(b) ? a : b));
    const maker = flow.maker(latest);
    if (!maker) return null;
    for (const output of maker.outputs) frontier.delete(output);
    nodes.add(maker);
    for (const input of flow.inputs(maker)) frontier.add(input);
  }
  const isClosed = [...nodes].every(
    (node) =>
      node === sum ||
      node.outputs.every(
        (name) =>
          flow.readers(name).every((reader) => nodes.has(reader)) &&
          !flow.graph.outputs.some((output) => output.name === name),
      ),
  );
  if (!isClosed || ![...nodes].some((node) => layers.has(node))) return null;

  const after = flow.soleReader(sum.outputs[0]!);
  if (after?.op !== 'Relu') return { kind: 'residual', nodes, output: sum.outputs[0]! };
  return { kind: 'residual', nodes: nodes.add(after), output: after.outputs[0]! };
}

function describe(
  flow: DataFlow,
  found: readonly Found[],
  parameters: ReadonlySet<string>,
): readonly Module[] {
  const position = (node: Node) => flow.indexOf.get(node)!;
  const sorted = found
    .map((each) => ({ ...each, list: [...each.nodes].sort((a, b) => position(a) - position(b)) }))
    .sort((a, b) => position(a.list[0]!) - position(b.list[0]!) || b.list.length - a.list.length);

  const counts = new Map<ModuleKind, number>();
  const described = sorted.map((each) => {
    const read = [...new Set(each.list.flatMap((node) => flow.initializers(node)))];
    const number = (counts.get(each.kind) ?? 0) + 1;
    counts.set(each.kind, number);
    const path = moduleName(each.kind, each.list, read) ?? `${each.kind} ${number}`;
    return { ...each, path, parameters: read.filter((name) => parameters.has(name)) };
  });
  const blockPaths = described.filter(({ kind }) => kind === 'residual').map(({ path }) => path);
  const taken = new Set<string>();
  const named = described.map((each) => {
    const name = uniqueName(ownName(each, blockPaths, found), each.kind, taken);
    taken.add(name);
    return { ...each, name };
  });
  return named.map(({ name, kind, list, nodes, parameters: own, output }) => {
    const around = named.filter(
      (other) => other.nodes.size > nodes.size && list.every((node) => other.nodes.has(node)),
    );
    const parent = around.reduce<(typeof named)[number] | null>(
      (smallest, other) => (smallest && smallest.nodes.size <= other.nodes.size ? smallest : other),
      null,
    );
    return { name, kind, nodes: list, parameters: own, output, parent: parent?.name ?? null };
  });
}

/**
 * Several modules may share one path of names. A transformer block is two sums, told apart by what they go around;
 * what a block goes around is a part of it.
 */
function ownName(
  each: Found & { path: string },
  blockPaths: readonly string[],
  found: readonly Found[],
): string {
  const { kind, path, nodes } = each;
  const blocks = blockPaths.filter((other) => other === path).length;
  if (kind === 'residual' && blocks > 1) {
    const inner = found.find(
      (other) =>
        (other.kind === 'attention' || other.kind === 'mlp') &&
        [...other.nodes].every((node) => nodes.has(node)),
    );
    return inner ? `${path} (${inner.kind})` : path;
  }
  return blocks > 0 && (kind === 'attention' || kind === 'mlp') ? `${path}.${kind}` : path;
}
