import { tensorBytes } from '../../onnx/dataTypes.ts';
import type { Attribute, Graph, Node, Tensor } from '../../onnx/ir.ts';
import { producers } from '../../onnx/topology.ts';

export interface GraphComparison {
  readonly graph: Graph;
  readonly other: Graph;
  /** Values of `graph` and of `other` that are compared with all that they are computed from, down to `ends`. */
  readonly values: readonly (readonly [string, string])[];
  /** Values that the comparison does not look behind: theirs in `graph` → theirs in `other`. */
  readonly ends: ReadonlyMap<string, string>;
  /** Initializers of `graph` that may hold other numbers, of the same type and shape. */
  readonly learned: ReadonlySet<string> | 'all';
}

/**
 * Compares how two graphs compute something: operator by operator from the results backwards, whatever the values are
 * called. What is not computed from, such as a heatmap, is not looked at.
 * @returns the first operator or initializer of `graph` that is not as in `other`; null = there is none
 */
export function graphDifference({ graph, other, values, ends, learned }: GraphComparison): string | null {
  const [own, theirs] = [producers(graph), producers(other)];
  const seen = new Map<string, string>();
  const open = [...values];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [value, counterpart] = pair;
    const known = seen.get(value) ?? ends.get(value);
    if (known !== undefined) {
      if (known !== counterpart) return value;
      continue;
    }
    seen.set(value, counterpart);
    const [node, like] = [own.get(value), theirs.get(counterpart)];
    if (node === undefined || like === undefined) {
      const constants = [graph.initializers.get(value), other.initializers.get(counterpart)] as const;
      const isFree = learned === 'all' || learned.has(value);
      if (node || like || !isSameConstant(...constants, isFree)) return node ? wordsOf(node) : value;
      continue;
    }
    if (!isSameOperator(node, like, [value, counterpart])) return wordsOf(node);
    node.inputs.forEach((input, at) => open.push([input, like.inputs[at]!]));
  }
  return null;
}

const wordsOf = ({ op, name }: Node) => (name === '' || name === op ? op : `${op} (${name})`);

/** Both absent: an input of the graph, or one that is left out. */
function isSameConstant(one: Tensor | undefined, other: Tensor | undefined, isFree: boolean): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.dtype !== other.dtype || one.dims.join() !== other.dims.join()) return false;
  return isFree || Buffer.compare(tensorBytes(one), tensorBytes(other)) === 0;
}

function isSameOperator(node: Node, like: Node, [value, counterpart]: readonly [string, string]): boolean {
  return (
    node.op === like.op &&
    node.domain === like.domain &&
    node.inputs.length === like.inputs.length &&
    node.outputs.indexOf(value) === like.outputs.indexOf(counterpart) &&
    node.attributes.size === like.attributes.size &&
    [...node.attributes].every(([name, attribute]) => isSameAttribute(attribute, like.attributes.get(name)))
  );
}

function isSameAttribute(one: Attribute, other: Attribute | undefined): boolean {
  // A graph inside an operator is nothing that Kenro builds.
  if (other?.type !== one.type || one.type === 'opaque') return false;
  if (one.type === 'tensor') return isSameConstant(one.value, other.value as Tensor, false);
  const listed = (value: unknown) => (Array.isArray(value) ? value : [value]).map(String).join();
  return listed(one.value) === listed(other.value);
}
