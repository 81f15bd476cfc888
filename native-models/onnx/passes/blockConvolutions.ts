import { floats, intAttribute, toAttribute, type PlainAttribute } from '../attributes.ts';
import { int64List, tensorToNumbers } from '../dataTypes.ts';
import type { Attribute, Dim, Graph, Model, Node, Tensor } from '../ir.ts';
import { inferGraph } from '../shapes/infer.ts';
import { consumers, namesInUse, unusedName } from '../topology.ts';

/** onnxruntime's operators on values whose channels lie in blocks: [N, C/block, H, W, block]. */
const blockedDomain = 'com.microsoft.nchwc';

/** A kernel of more is a picture: the gradient of a weight, written as a convolution. Its layout would cost more than it saves. */
const mostTaps = 49;

/**
 * Has onnxruntime compute convolutions in the layout that it is fastest in although their weights are no constants, as in a
 * training step; by itself it does so for constant weights alone. Values are put into blocks in front of each such
 * convolution, its weights too, and the result is put back; an activation right behind it is computed along with it.
 * Depthwise convolutions and those of more than one tap gain; of one tap, the plain layout is as fast.
 *
 * The result runs in onnxruntime on a processor with this block size only, see `channelBlock`.
 * @param block channels in a block
 */
export function blockConvolutions(model: Model, block: number): Model {
  const { types } = inferGraph(model);
  const { graph } = model;
  const readers = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const writer = new Writer(graph);
  const absorbed = new Set<Node>();
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    const shapeOf = (at: number) => types.get(node.inputs[at] ?? '')?.shape ?? null;
    const filter = filterOf(node, graph, block, shapeOf(0), shapeOf(1));
    if (filter === null) {
      writer.nodes.push(node);
      continue;
    }
    const [result] = node.outputs as [string];
    const next = outputs.has(result) ? [] : (readers.get(result) ?? []);
    const activation = next.length === 1 ? activationOf(next[0]!, result, graph) : null;
    if (activation) absorbed.add(next[0]!);
    writer.convolve(node, filter, block, activation, activation ? next[0]!.outputs[0]! : result);
  }
  if (writer.nodes.length === graph.nodes.length) return model;
  const opsets = new Map([...model.opsets, [blockedDomain, 1]]);
  return { ...model, opsets, graph: { ...graph, nodes: writer.nodes, initializers: writer.initializers } };
}

/** Weight [O, I, …kernel] of a convolution that gains. */
interface Filter {
  readonly shape: readonly number[];
  /** `outputs`: blocks of output channels; `both`: and within, of input channels. */
  readonly blocks: 'outputs' | 'both';
  /** The input stays as it is: it has fewer channels than a block. */
  readonly isNarrow: boolean;
}

function filterOf(
  node: Node,
  graph: Graph,
  block: number,
  input: readonly Dim[] | null,
  weight: readonly Dim[] | null,
): Filter | null {
  const isConvolution = node.op === 'Conv' && node.domain === '';
  if (!isConvolution || graph.initializers.has(node.inputs[1]!) || weight?.length !== 4) return null;
  if (!weight.every((dim) => typeof dim === 'number')) return null;
  const [channels, groups] = [input?.[1], intAttribute(node, 'group', 1)];
  const [outs, ins, height, width] = weight as [number, number, number, number];
  if (typeof channels !== 'number' || outs % block !== 0 || height * width > mostTaps) return null;
  if (groups > 1) {
    const isDepthwise = groups === channels && groups === outs;
    return isDepthwise ? { shape: weight, blocks: 'outputs', isNarrow: false } : null;
  }
  if (height * width === 1) return null;
  if (ins < block) return { shape: weight, blocks: 'outputs', isNarrow: true };
  return ins % block === 0 ? { shape: weight, blocks: 'both', isNarrow: false } : null;
}

interface Activation {
  readonly activation: PlainAttribute;
  readonly activation_params?: Attribute;
}

function activationOf(node: Node, value: string, { initializers }: Graph): Activation | null {
  if (node.domain !== '' || node.inputs[0] !== value) return null;
  if (node.op === 'Relu') return { activation: 'Relu' };
  if (node.op !== 'Clip') return null;
  const bounds = [1, 2].map((at) => initializers.get(node.inputs[at] ?? ''));
  if (!bounds.every((bound) => bound?.dtype === 'float32')) return null;
  return {
    activation: 'Clip',
    activation_params: floats(bounds.map((bound) => tensorToNumbers(bound as Tensor)[0]!)),
  };
}

class Writer {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Tensor>;
  private readonly names: Set<string>;

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers);
    this.names = new Set([...namesInUse(graph), ...graph.nodes.map(({ name }) => name)]);
  }

  convolve(node: Node, filter: Filter, block: number, activation: Activation | null, result: string): void {
    const [input, weight, ...bias] = node.inputs as [string, string];
    const blocked = filter.isNarrow ? input : this.op('ReorderInput', [input]);
    const inputs = [blocked, this.inBlocks(weight, filter, block), ...bias];
    const attributes = new Map([...node.attributes, ...toAttributes({ ...activation })]);
    const convolved = this.fresh(`${result}/blocked`);
    this.nodes.push({ ...node, domain: blockedDomain, inputs, outputs: [convolved], attributes });
    this.op('ReorderOutput', [convolved], { channels: filter.shape[0]! }, result);
  }

  /** As onnxruntime lays constant weights out: [O/b, taps, b], or [O/b, I/b, taps, b, b]. */
  private inBlocks(weight: string, { shape, blocks }: Filter, block: number): string {
    const [outs, ins, height, width] = shape as [number, number, number, number];
    const taps = height * width;
    const [split, order] =
      blocks === 'outputs'
        ? [
            [outs / block, block, ins * taps],
            [0, 2, 1],
          ]
        : [
            [outs / block, block, ins / block, block, taps],
            [0, 2, 4, 3, 1],
          ];
    const turned = this.standard('Transpose', [this.reshape(weight, split!)], { perm: order! });
    return this.reshape(turned, shape);
  }

  private reshape(value: string, shape: readonly number[]): string {
    const name = this.fresh(`${value}/shape`);
    this.initializers.set(name, int64List(shape));
    return this.standard('Reshape', [value, name]);
  }

  private standard(op: string, inputs: readonly string[], attributes = {}): string {
    return this.op(op, inputs, attributes, undefined, '');
  }

  private op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, PlainAttribute>> = {},
    output = this.fresh(`${inputs[0]!}/${op}`),
    domain = blockedDomain,
  ): string {
    const name = this.fresh(`${output}/${op}`);
    this.nodes.push({ name, op, domain, inputs, outputs: [output], attributes: toAttributes(attributes) });
    return output;
  }

  private fresh(hint: string): string {
    const name = unusedName(hint, this.names);
    this.names.add(name);
    return name;
  }
}

const toAttributes = (plain: Readonly<Record<string, PlainAttribute>>): Map<string, Attribute> =>
  new Map(Object.entries(plain).map(([name, value]) => [name, toAttribute(name, value)]));
