import { elementCount, tensorFromNumbers } from '../dataTypes.ts';
import type { Model, Node, Tensor } from '../ir.ts';
import { inferGraph } from '../shapes/infer.ts';
import type { PartialTensor } from '../shapes/scope.ts';
import { tensorAttribute } from '../attributes.ts';
import { removeDeadCode } from './removeDeadCode.ts';

export interface FoldConstantsOptions {
  /** Initializers to leave as they are, with everything computed from them: parameters that are to be trained. */
  readonly keep?: ReadonlySet<string>;
  /** Results of more elements are kept as nodes where folding would make the file larger; default 4096. */
  readonly maxGrowth?: number;
}

/** Tensors above this are not computed with. */
const maxElements = 2 ** 22;

/**
 * Replaces nodes whose results are certain by initializers of the same names, then removes dead code.
 *
 * - Constant → initializer.
 * - Shape arithmetic that does not depend on a symbol: Shape → Gather → Concat → Reshape of a fixed size.
 * - Element-wise arithmetic and movement (Transpose, Reshape, Slice, Expand …) of constants. Results are those of
 *   float32 arithmetic; operators that runtimes round differently (Exp, MatMul …) stay.
 * - Nodes that make outputs of the graph stay, as do results over `maxGrowth` elements larger than what they are
 *   made from.
 *
 * Initializers that are also listed as inputs count as constants.
 */
export function foldConstants(model: Model, options: FoldConstantsOptions = {}): Model {
  const { keep, maxGrowth = 4096 } = options;
  const { graph } = model;
  const { values } = inferGraph(model, { maxElements, isConstant: (name) => !keep?.has(name) });
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const initializers = new Map(graph.initializers);
  const sizeOf = (name: string) => initializers.get(name)?.data.length ?? 0;

  const nodes = graph.nodes.filter((node) => {
    const made = node.outputs.filter((name) => name !== '');
    if (made.some((name) => outputs.has(name))) return true;
    const tensors = made.map((name) => exactTensor(node, values.get(name)));
    if (tensors.length === 0 || tensors.some((tensor) => tensor === null)) return true;
    const before = node.inputs.reduce((sum, name) => sum + sizeOf(name), 0);
    const after = tensors.reduce((sum, tensor) => sum + tensor!.data.length, 0);
    if (node.op !== 'Constant' && after > Math.max(maxGrowth, before)) return true;
    made.forEach((name, k) => initializers.set(name, tensors[k]!));
    return false;
  });
  const valueInfo = new Map([...graph.valueInfo].filter(([name]) => !initializers.has(name)));
  return removeDeadCode({
    ...model,
    // Before version 4 of the format every initializer had to be an input too.
    irVersion: Math.max(model.irVersion, 4),
    graph: { ...graph, nodes, initializers, valueInfo },
  });
}

/** Null where an element is not known, or is an integer that went through a rounding. */
function exactTensor(node: Node, value: PartialTensor | undefined): Tensor | null {
  const stated = node.op === 'Constant' ? tensorAttribute(node, 'value') : undefined;
  if (stated) return stated;
  if (!value || value.values.length !== elementCount(value.dims)) return null;
  const numbers = value.values as readonly number[];
  const isWide = value.dtype === 'int64' || value.dtype === 'uint64';
  const isExact = (each: unknown) => typeof each === 'number' && (!isWide || Number.isSafeInteger(each));
  return numbers.every(isExact) ? tensorFromNumbers(value.dtype, value.dims, numbers) : null;
}
