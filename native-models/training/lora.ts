import { toAttribute, type PlainAttribute } from '../onnx/attributes.ts';
import { float32Scalar, float32Tensor } from '../onnx/dataTypes.ts';
import type { Model, Node, Tensor } from '../onnx/ir.ts';
import { namesInUse, unusedName } from '../onnx/topology.ts';
import type { Random } from '../random.ts';
import { weightUses, type WeightUse } from './loraWeights.ts';
import { writeParameters, type Parameters } from './parameters.ts';

/** Two factors beside one weight: W + scale · A·B (LoRA, Hu et al., arXiv 2106.09685, section 4.1). */
export interface Adapter {
  /** Initializer of the base model. */
  readonly weight: string;
  /** Initializer A: [in, rank], beside a convolution [rank, in, 1 …]; normal / √in at first. */
  readonly down: string;
  /** Initializer B: [rank, out], beside a convolution [out, rank, 1 …]; zero at first. */
  readonly up: string;
  readonly scale: number;
}

export interface AdapterOptions {
  /** Of each adapter; a weight with a smaller side takes that instead. */
  readonly rank: number;
  /** The product is scaled by alpha / rank; default: a scale of 1. */
  readonly alpha?: number;
  /** Weights to adapt, all of them among `weightUses`; default: all of those. */
  readonly weights?: readonly string[];
  /** Draws A; forked, not disturbed. */
  readonly random: Random;
}

export interface AdaptedModel {
  /** The base with adapters beside its layers; it computes what the base does until they are trained. */
  readonly model: Model;
  readonly adapters: readonly Adapter[];
}

/** Puts a low-rank adapter beside each of the weights; only the adapters are meant to train. */
export function addAdapters(base: Model, options: AdapterOptions): AdaptedModel {
  const { graph } = base;
  const uses = weightUses(graph);
  const names = new Names(namesInUse(graph));
  const initializers = new Map(graph.initializers);
  const adapters: Adapter[] = [];
  const adapterOf = new Map<Node, Adapter>();
  for (const weight of options.weights ?? uses.keys()) {
    const use = uses.get(weight);
    if (!use) throw new Error(`${weight} can take no adapter`);
    const { scale, down, up } = initialFactors(weight, use, options);
    const adapter = {
      weight,
      down: names.fresh(`${weight}.lora_A`),
      up: names.fresh(`${weight}.lora_B`),
      scale,
    };
    initializers.set(adapter.down, down).set(adapter.up, up);
    adapters.push(adapter);
    for (const node of use.nodes) adapterOf.set(node, adapter);
  }
  const constant = (value: number) => {
    const name = names.fresh('lora_scale');
    initializers.set(name, float32Scalar(value));
    return name;
  };
  const nodes = graph.nodes.flatMap((node) => {
    const adapter = adapterOf.get(node);
    return adapter ? withAdapter(node, adapter, names, constant) : [node];
  });
  return { model: { ...base, graph: { ...graph, nodes, initializers } }, adapters };
}

/** Names of what trains. */
export function adapterParameters(adapters: readonly Adapter[]): readonly string[] {
  return adapters.flatMap(({ down, up }) => [down, up]);
}

/**
 * The base model with the adapters' products added to its weights: same nodes, same initializer names.
 * @param parameters trained values of the adapters, by name
 */
export function foldAdapters(base: Model, adapters: readonly Adapter[], parameters: Parameters): Model {
  const uses = weightUses(base.graph);
  const folded = adapters.map(({ weight, down, up, scale }): [string, Float32Array] => {
    const use = uses.get(weight)!;
    const before = base.graph.initializers.get(weight)!.data as Float32Array;
    const change = product(parameters.get(down)!, parameters.get(up)!, use);
    return [weight, before.map((value, i) => value + scale * change[i]!)];
  });
  return writeParameters(base, new Map(folded));
}

class Names {
  private readonly taken: Set<string>;

  constructor(taken: Set<string>) {
    this.taken = taken;
  }

  fresh(hint: string): string {
    const name = unusedName(hint, this.taken);
    this.taken.add(name);
    return name;
  }
}

function initialFactors(
  weight: string,
  { inputs, outputs, spatial }: WeightUse,
  { rank: wanted, alpha, random }: AdapterOptions,
): { down: Tensor; up: Tensor; scale: number } {
  const rank = Math.min(wanted, inputs, outputs);
  const draws = random.fork(weight);
  const normal = Float32Array.from({ length: inputs * rank }, () => draws.normal() / Math.sqrt(inputs));
  const dims = (from: number, to: number) =>
    spatial === 0 ? [from, to] : [to, from, ...Array<number>(spatial).fill(1)];
  return {
    down: float32Tensor(dims(inputs, rank), normal),
    up: float32Tensor(dims(rank, outputs), new Float32Array(rank * outputs)),
    scale: (alpha ?? rank) / rank,
  };
}

/** The node, and beside it the two factors in the same operator; their sum takes the name of its output. */
function withAdapter(
  node: Node,
  { down, up, scale }: Adapter,
  names: Names,
  constant: (value: number) => string,
): readonly Node[] {
  const output = node.outputs[0]!;
  const isConvolution = node.op === 'Conv';
  const added: Node[] = [];
  const write = (op: string, inputs: readonly string[], attributes: Node['attributes'], to?: string) => {
    const name = names.fresh(`${output}.lora.${op}`);
    added.push({ name, op, domain: '', inputs, outputs: [to ?? name], attributes });
    return to ?? name;
  };
  const [data] = node.inputs;
  const plain = attributesOf({});
  const low = isConvolution
    ? write('Conv', [data!, down], node.attributes)
    : write('MatMul', [data!, down], plain);
  const high = write(isConvolution ? 'Conv' : 'MatMul', [low, up], plain);
  const alpha = node.attributes.get('alpha');
  const factor = scale * (node.op === 'Gemm' && alpha?.type === 'float' ? alpha.value : 1);
  const scaled = factor === 1 ? high : write('Mul', [high, constant(factor)], attributesOf({}));
  const own = names.fresh(`${output}.base`);
  write('Add', [own, scaled], attributesOf({}), output);
  return [{ ...node, outputs: [own, ...node.outputs.slice(1)] }, ...added];
}

const attributesOf = (values: Readonly<Record<string, PlainAttribute>>): Node['attributes'] =>
  new Map(Object.entries(values).map(([name, value]) => [name, toAttribute(name, value)]));

/** A·B in the layout of the weight, summed in float64. */
function product(
  down: Float32Array,
  up: Float32Array,
  { inputs, outputs, outputsFirst, spatial }: WeightUse,
): Float64Array {
  const rank = down.length / inputs;
  const result = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) {
        const a = spatial === 0 ? down[i * rank + k]! : down[k * inputs + i]!;
        const b = spatial === 0 ? up[k * outputs + o]! : up[o * rank + k]!;
        sum += a * b;
      }
      result[outputsFirst ? o * inputs + i : i * outputs + o] = sum;
    }
  }
  return result;
}
