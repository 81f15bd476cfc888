import type { Graph, Model } from '../ir.ts';
import { valuesRead } from '../topology.ts';

/**
 * Drops what no output needs: nodes, initializers (also where listed as inputs) and statements about values that
 * are gone. True inputs stay, used or not: they are the model's interface.
 */
export function removeDeadCode(model: Model): Model {
  return { ...model, graph: pruneGraph(model.graph) };
}

/** `removeDeadCode` for a graph alone. */
export function pruneGraph(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of valuesRead(node)) needed.add(name);
      return isNeeded;
    })
    .toReversed();
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  return {
    ...graph,
    nodes,
    inputs: graph.inputs.filter(({ name }) => needed.has(name) || !graph.initializers.has(name)),
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    valueInfo: new Map([...graph.valueInfo].filter(([name]) => made.has(name) || needed.has(name))),
  };
}
