import type { Graph, Node } from './ir.ts';
import type { AttributeProto, GraphProto } from './protobuf.ts';

/** Names of values that `node` reads: its inputs, and what its subgraphs (If, Loop, Scan) may take from outside. */
export function valuesRead(node: Node): readonly string[] {
  const read = node.inputs.filter((name) => name !== '');
  for (const attribute of node.attributes.values()) {
    if (attribute.type !== 'opaque') continue;
    const { g, graphs } = attribute.value as AttributeProto;
    for (const graph of g ? [g, ...graphs] : graphs) read.push(...namesIn(graph));
  }
  return read;
}

/** True where a node runs a graph of its own, whose names no pass may change. */
export function hasSubgraph(node: Node): boolean {
  return [...node.attributes.values()].some(
    ({ type, value }) =>
      type === 'opaque' && ((value as AttributeProto).g || (value as AttributeProto).graphs.length > 0),
  );
}

/** Generous: also names made inside, which do no harm where outer names are looked up. */
function namesIn(graph: GraphProto): string[] {
  return [
    ...graph.output.map(({ name }) => name),
    ...graph.node.flatMap((node) => [
      ...node.input.filter((name) => name !== ''),
      ...node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs).flatMap(namesIn)),
    ]),
  ];
}

/** Output name → the node that makes it. */
export function producers(graph: Graph): ReadonlyMap<string, Node> {
  const made = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== '') made.set(output, node);
  }
  return made;
}

/** Value name → the nodes that read it, in order, each once. */
export function consumers(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(valuesRead(node))) {
      const list = readers.get(name);
      if (list) list.push(node);
      else readers.set(name, [node]);
    }
  }
  return readers;
}

/** Inputs that a caller must feed: those that are not initializers as well. */
export function trueInputs(graph: Graph) {
  return graph.inputs.filter(({ name }) => !graph.initializers.has(name));
}

/** Every name in use: a new value must avoid them. */
export function namesInUse(graph: Graph): Set<string> {
  const names = new Set<string>(graph.initializers.keys());
  for (const { name } of [...graph.inputs, ...graph.outputs]) names.add(name);
  for (const node of graph.nodes) {
    for (const name of [...valuesRead(node), ...node.outputs]) names.add(name);
  }
  return names;
}

/** `hint`, or `hint_1`, `hint_2` … : the first that is not taken. */
export function unusedName(hint: string, taken: ReadonlySet<string>): string {
  if (!taken.has(hint)) return hint;
  let count = 1;
  while (taken.has(`${hint}_${count}`)) count += 1;
  return `${hint}_${count}`;
}

/**
 * Topological order, stable: nodes already in order stay where they are.
 * Throws Error where nodes wait for each other or two make the same value.
 */
export function sortNodes(nodes: readonly Node[]): readonly Node[] {
  const makers = new Map<string, Node>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (makers.has(output)) throw new Error(`two nodes make “${output}”`);
      makers.set(output, node);
    }
  }
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const root of nodes) {
    // A stack instead of recursion: deep networks are thousands of nodes long.
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      if (state.get(node) === 'done') {
        stack.pop();
        continue;
      }
      const waiting = valuesRead(node)
        .map((name) => makers.get(name))
        .filter((maker) => maker !== undefined && maker !== node && state.get(maker) !== 'done');
      if (waiting.length === 0) {
        if (node.inputs.some((name) => makers.get(name) === node)) {
          throw new Error(`node ${node.name || node.op} reads its own output`);
        }
        state.set(node, 'done');
        sorted.push(node);
        stack.pop();
        continue;
      }
      if (state.get(node) === 'open') throw new Error(`nodes wait for each other at ${node.name || node.op}`);
      state.set(node, 'open');
      stack.push(...(waiting as Node[]).reverse());
    }
  }
  return sorted;
}
