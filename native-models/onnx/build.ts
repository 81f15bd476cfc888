import { toAttribute, type PlainAttribute } from './attributes.ts';
import { float32Scalar, tensorBytes } from './dataTypes.ts';
import type { Attribute, DataType, Dim, Graph, Model, Node, Tensor, ValueInfo } from './ir.ts';
import { namesInUse, sortNodes } from './topology.ts';

/** Operator set of graphs made here, and the IR version that goes with it. */
export const builderOpset = 17;
export const builderIrVersion = 8;

/** Constants up to this many bytes are written once, however often they are asked for. */
const sharedConstantBytes = 64;

export interface NodeOptions {
  /** Node name; default: the operator's, made unique. */
  readonly name?: string;
  readonly domain?: string;
  /** Names for the outputs, used exactly as given; they must be new. */
  readonly outputs?: readonly string[];
}

/**
 * Makes graphs in code. Values are names, so they can be stored, compared and passed on freely:
 *
 * ```ts
 * const g = new GraphBuilder();
 * const x = g.input('input', 'float32', ['batch', 3, 'height', 'width']);
 * const w = g.initializer('weight', float32Tensor([8, 3, 3, 3], data));
 * const y = g.op('Relu', [g.op('Conv', [x, w], { pads: [1, 1, 1, 1] })]);
 * g.output(y, 'float32', ['batch', 8, 'height', 'width']);
 * const model = g.model('features');
 * ```
 *
 * Started from a graph or model it continues it: all its nodes, names, inputs and outputs are kept, and of a model
 * its operator sets and metadata too.
 */
export class GraphBuilder {
  private readonly base: Graph | undefined;
  private readonly baseModel: Model | undefined;
  private readonly names: Set<string>;
  private readonly nodeNames: Set<string>;
  private readonly counters = new Map<string, number>();
  private readonly sharedConstants = new Map<string, string>();
  private readonly nodes: Node[];
  private readonly inputs: ValueInfo[];
  private readonly outputs: ValueInfo[];
  private readonly initializers: Map<string, Tensor>;
  private readonly valueInfo: Map<string, ValueInfo>;

  constructor(from?: Graph | Model) {
    this.baseModel = from && 'graph' in from ? from : undefined;
    const base = from && 'graph' in from ? from.graph : from;
    this.base = base;
    this.names = base ? namesInUse(base) : new Set();
    this.nodes = [...(base?.nodes ?? [])];
    this.nodeNames = new Set(this.nodes.map(({ name }) => name));
    this.inputs = [...(base?.inputs ?? [])];
    this.outputs = [...(base?.outputs ?? [])];
    this.initializers = new Map(base?.initializers);
    this.valueInfo = new Map(base?.valueInfo);
  }

  /** A value name not used yet: `hint`, or `hint_1`, `hint_2` … */
  fresh(hint: string): string {
    const name = countedName(hint, this.names, this.counters);
    this.names.add(name);
    return name;
  }

  /** Declares an input under exactly this name. */
  input(name: string, dtype: DataType, shape: readonly Dim[] | null): string {
    this.claim(name);
    this.inputs.push({ name, dtype, shape });
    return name;
  }

  /** Adds an initializer under exactly this name. */
  initializer(name: string, tensor: Tensor): string {
    this.claim(name);
    this.initializers.set(name, tensor);
    return name;
  }

  /** Adds an initializer under a fresh name, or finds the small one that is already there with this value. */
  constant(tensor: Tensor, hint = 'constant'): string {
    if (tensor.data.byteLength > sharedConstantBytes) return this.initializer(this.unused(hint), tensor);
    const key = `${tensor.dtype} ${tensor.dims.join(',')} ${tensorBytes(tensor).join(',')}`;
    let name = this.sharedConstants.get(key);
    if (name === undefined) {
      name = this.initializer(this.unused(hint), tensor);
      this.sharedConstants.set(key, name);
    }
    return name;
  }

  /** A float32 scalar constant. */
  scalar(value: number): string {
    return this.constant(float32Scalar(value), 'scalar');
  }

  /** Adds a node with one output and returns that output's name. '' in `inputs` is an omitted optional input. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, PlainAttribute>> = {},
    options: NodeOptions = {},
  ): string {
    return this.ops(op, inputs, 1, attributes, options)[0]!;
  }

  /** Adds a node with `count` outputs and returns their names. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, PlainAttribute>> = {},
    options: NodeOptions = {},
  ): readonly string[] {
    const name = countedName(options.name ?? op, this.nodeNames, this.counters);
    this.nodeNames.add(name);
    for (const output of options.outputs ?? []) this.claim(output);
    const outputs =
      options.outputs ??
      Array.from({ length: count }, (_, i) => this.fresh(count === 1 ? name : `${name}_${i}`));
    this.nodes.push({
      name,
      op,
      domain: options.domain ?? '',
      inputs,
      outputs,
      attributes: new Map<string, Attribute>(
        Object.entries(attributes).map(([key, value]) => [key, toAttribute(key, value)]),
      ),
    });
    return outputs;
  }

  /** Adds a node made elsewhere as it is; its output names must be new. */
  node(node: Node): void {
    for (const output of node.outputs) if (output !== '') this.claim(output);
    if (node.name !== '') this.nodeNames.add(node.name);
    this.nodes.push(node);
  }

  /** Declares a value as an output of the graph; one that is an output already keeps its declaration. */
  output(name: string, dtype: DataType | null = null, shape: readonly Dim[] | null = null): void {
    if (!this.outputs.some((output) => output.name === name)) this.outputs.push({ name, dtype, shape });
  }

  /** Makes `value` an output under another name. */
  outputAs(
    name: string,
    value: string,
    dtype: DataType | null = null,
    shape: readonly Dim[] | null = null,
  ): void {
    this.output(this.op('Identity', [value], {}, { outputs: [name] }), dtype, shape);
  }

  /** States type and shape of an inner value, e.g. for passes that read them. */
  describe(name: string, dtype: DataType | null, shape: readonly Dim[] | null): void {
    this.valueInfo.set(name, { name, dtype, shape });
  }

  /** The graph so far, its nodes in topological order. Throws Error where they wait for each other. */
  graph(name = this.base?.name ?? 'graph'): Graph {
    return {
      ...this.base,
      name,
      inputs: [...this.inputs],
      outputs: [...this.outputs],
      nodes: sortNodes(this.nodes),
      initializers: new Map(this.initializers),
      valueInfo: new Map(this.valueInfo),
    };
  }

  /** The graph as a model: of the operator sets given, else those of the model it started from, else `builderOpset`. */
  model(name?: string, opsets?: ReadonlyMap<string, number>): Model {
    const base: Omit<Model, 'graph'> = this.baseModel ?? {
      irVersion: builderIrVersion,
      opsets: new Map([['', builderOpset]]),
      producer: 'kenro',
      metadata: new Map(),
    };
    return { ...base, opsets: opsets ?? base.opsets, graph: this.graph(name) };
  }

  private claim(name: string): void {
    if (this.names.has(name)) throw new Error(`“${name}” is in use already`);
    this.names.add(name);
  }

  /** `fresh` without claiming, for methods that claim themselves. */
  private unused(hint: string): string {
    return countedName(hint, this.names, this.counters);
  }
}

/** Like `unusedName`, remembering how far it counted: graphs in code ask for the same hint thousands of times. */
function countedName(hint: string, taken: ReadonlySet<string>, counters: Map<string, number>): string {
  if (!taken.has(hint)) return hint;
  let count = counters.get(hint) ?? 0;
  let name: string;
  do {
    count += 1;
    name = `${hint}_${count}`;
  } while (taken.has(name));
  counters.set(hint, count);
  return name;
}
