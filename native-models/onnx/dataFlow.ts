import type { Graph, Node } from './ir.ts';
import { producers, trueInputs, valuesRead } from './topology.ts';

/** Operators whose further inputs only say how to move the first. */
const movesFirstInput = new Set([
  ...['Expand', 'Pad', 'Reshape', 'Resize', 'Slice', 'Split', 'Squeeze', 'Tile', 'Unsqueeze', 'Upsample'],
  ...['ReduceMean', 'ReduceSum', 'Clip', 'TopK', 'CumSum', 'Dropout'],
]);
/** Operators that read a shape, not what is in it. */
const readsShapeOnly = new Set(['Shape', 'Size', 'ConstantOfShape', 'EyeLike', 'Range']);

/**
 * Who passes data to whom, without the by-ways on which exporters compute shapes, and without constants: a value is
 * *data* where its elements depend on those of an input.
 */
export interface DataFlow {
  readonly graph: Graph;
  readonly indexOf: ReadonlyMap<Node, number>;
  /** The node that makes a value. */
  maker(value: string): Node | undefined;
  /** Inputs of the node that are data. */
  inputs(node: Node): readonly string[];
  /** Nodes that read the value as data, each once. */
  readers(value: string): readonly Node[];
  /** The only reader, where the value is not an output of the graph as well. */
  soleReader(value: string): Node | undefined;
  /** Initializers the node reads, directly or through computations on constants alone. */
  initializers(node: Node): readonly string[];
}

export function dataFlowOf(graph: Graph): DataFlow {
  const data = new Set(trueInputs(graph).map(({ name }) => name));
  const indexOf = new Map(graph.nodes.map((node, index) => [node, index]));
  const made = producers(graph);
  const readers = new Map<string, Node[]>();
  const inputs = new Map<Node, readonly string[]>();
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    const candidates = readsShapeOnly.has(node.op)
      ? []
      : movesFirstInput.has(node.op)
        ? node.inputs.slice(0, 1)
        : valuesRead(node);
    const own = [...new Set(candidates.filter((name) => data.has(name)))];
    inputs.set(node, own);
    for (const name of own) {
      const list = readers.get(name);
      if (list) list.push(node);
      else readers.set(name, [node]);
    }
    if (own.length > 0) for (const name of node.outputs) if (name !== '') data.add(name);
  }

  return {
    graph,
    indexOf,
    maker: (value) => made.get(value),
    inputs: (node) => inputs.get(node) ?? [],
    readers: (value) => readers.get(value) ?? [],
    soleReader: (value) => {
      const all = readers.get(value);
      return all?.length === 1 && !outputs.has(value) ? all[0] : undefined;
    },
    initializers: (node) => {
      const found: string[] = [];
      const visit = (name: string) => {
        if (graph.initializers.has(name)) found.push(name);
        else if (!data.has(name)) for (const inner of made.get(name)?.inputs ?? []) visit(inner);
      };
      for (const name of node.inputs) visit(name);
      return found;
    },
  };
}
