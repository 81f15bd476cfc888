import { ModelError } from '../../errors.ts';
import type { Model, ValueInfo } from '../ir.ts';
import { namesInUse, producers, trueInputs, unusedName, valuesRead } from '../topology.ts';
import { pruneGraph } from './removeDeadCode.ts';

/**
 * The part of a model that computes the named values, as a model of its own with exactly these outputs.
 *
 * - `inputs` left out: cut at the outputs only; true inputs no longer needed are dropped.
 * - `inputs` given: these values become the inputs, nodes before them are dropped. Their types come from
 *   `valueInfo`; run `inferShapes` first to have them stated.
 * - An output that is an input or initializer itself is passed through unchanged.
 * @throws ModelError modelOutputMissing where a name is no value of the graph; badRequest where the outputs also
 *   need a true input that `inputs` does not list
 */
export function extractSubgraph(model: Model, outputs: readonly string[], inputs?: readonly string[]): Model {
  const { graph } = model;
  const names = namesInUse(graph);
  for (const name of [...outputs, ...(inputs ?? [])]) {
    if (!names.has(name)) throw new ModelError('modelOutputMissing', { name });
  }

  const infoOf = (name: string): ValueInfo =>
    graph.inputs.find((info) => info.name === name) ??
    graph.outputs.find((info) => info.name === name) ??
    graph.valueInfo.get(name) ??
    initializerInfo(model, name) ?? { name, dtype: null, shape: null };

  const cut = new Set(inputs);
  const nodes = graph.nodes.flatMap((node) => {
    if (!node.outputs.some((name) => cut.has(name))) return [node];
    // A node that also makes other values stays for them; what is fed now it makes under a name nobody reads.
    const isCut = node.outputs.every((name) => name === '' || cut.has(name));
    const unread = (name: string) => (cut.has(name) ? unusedName(`${name}_unread`, names) : name);
    return isCut ? [] : [{ ...node, outputs: node.outputs.map(unread) }];
  });
  const pruned = pruneGraph({
    ...graph,
    nodes,
    outputs: outputs.map(infoOf),
    inputs: inputs ? inputs.map(infoOf) : graph.inputs,
    initializers: new Map([...graph.initializers].filter(([name]) => !cut.has(name))),
  });
  const needed = new Set([...outputs, ...pruned.nodes.flatMap(valuesRead)]);
  if (inputs) {
    const made = producers(pruned);
    const missing = trueInputs(graph).find(
      ({ name }) => needed.has(name) && !cut.has(name) && !made.has(name),
    );
    if (missing) throw new ModelError('badRequest', { reason: 'input also needed', name: missing.name });
    return { ...model, graph: pruned };
  }
  return { ...model, graph: { ...pruned, inputs: pruned.inputs.filter(({ name }) => needed.has(name)) } };
}

function initializerInfo(model: Model, name: string): ValueInfo | undefined {
  const tensor = model.graph.initializers.get(name);
  return tensor && { name, dtype: tensor.dtype, shape: tensor.dims };
}
