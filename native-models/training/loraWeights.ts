import { intAttribute, intsAttribute } from '../onnx/attributes.ts';
import type { Graph, Node, Tensor } from '../onnx/ir.ts';
import { parameterNames } from '../onnx/parameters.ts';
import { consumers } from '../onnx/topology.ts';

/** A weight that a low-rank product can be added to, and how its readers use it. */
export interface WeightUse {
  /** All nodes that multiply data with it. */
  readonly nodes: readonly Node[];
  readonly inputs: number;
  readonly outputs: number;
  /** Whether it is laid out [out, in] rather than [in, out]. */
  readonly outputsFirst: boolean;
  /** Number of spatial axes of a convolution, each of size 1; 0 = a matrix. */
  readonly spatial: number;
}

/**
 * Weights that can take an adapter: float32, the right factor of a MatMul (also one that is transposed first) or of
 * a Gemm, or the filter of a 1×1 convolution without groups, where all that reads them does so in the same layout.
 */
export function weightUses(graph: Graph): ReadonlyMap<string, WeightUse> {
  const readersOf = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const uses = new Map<string, WeightUse>();
  for (const name of parameterNames(graph)) {
    const tensor = graph.initializers.get(name)!;
    const readers = tensor.dtype === 'float32' && !outputs.has(name) ? (readersOf.get(name) ?? []) : [];
    const found = readers.map((node): readonly Factor[] | null => {
      if (!isSwap(node, tensor)) return factorOf(node, name, tensor);
      const [swapped] = node.outputs;
      if (outputs.has(swapped!)) return null;
      return all((readersOf.get(swapped!) ?? []).map((reader) => matMulOf(reader, swapped!)));
    });
    const factors = all(found)?.flat() ?? [];
    const layouts = new Set(factors.map(({ outputsFirst }) => outputsFirst));
    if (layouts.size !== 1) continue;
    const [first, second] = tensor.dims;
    const [outputsFirst] = layouts;
    uses.set(name, {
      nodes: factors.map(({ node }) => node),
      inputs: outputsFirst ? second! : first!,
      outputs: outputsFirst ? first! : second!,
      outputsFirst: outputsFirst!,
      spatial: tensor.dims.length - 2,
    });
  }
  return uses;
}

interface Factor {
  readonly node: Node;
  readonly outputsFirst: boolean;
}

/** The items, or null where one is missing. */
function all<Item>(items: readonly (Item | null)[]): readonly Item[] | null {
  return items.every((item) => item !== null) ? items : null;
}

function isSwap(node: Node, { dims }: Tensor): boolean {
  return (
    node.op === 'Transpose' && dims.length === 2 && (intsAttribute(node, 'perm') ?? [1, 0]).join() === '1,0'
  );
}

/** A MatMul of data with the transposed weight. */
function matMulOf(node: Node, swapped: string): Factor | null {
  return node.op === 'MatMul' && isRight(node, swapped) ? { node, outputsFirst: true } : null;
}

function factorOf(node: Node, weight: string, { dims }: Tensor): readonly Factor[] | null {
  if (node.domain !== '' || !isRight(node, weight)) return null;
  if (node.op === 'MatMul' && dims.length === 2) return [{ node, outputsFirst: false }];
  if (node.op === 'Gemm' && intAttribute(node, 'transA', 0) === 0) {
    return [{ node, outputsFirst: intAttribute(node, 'transB', 0) === 1 }];
  }
  const isPointwise =
    node.op === 'Conv' &&
    dims.length > 2 &&
    intAttribute(node, 'group', 1) === 1 &&
    dims.slice(2).every((size) => size === 1);
  return isPointwise ? [{ node, outputsFirst: true }] : null;
}

/** Whether the node reads the value as its second input and nowhere else. */
const isRight = ({ inputs }: Node, name: string) =>
  inputs.indexOf(name) === 1 && inputs.lastIndexOf(name) === 1;
