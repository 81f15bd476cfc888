import type { Model, ValueInfo } from '../ir.ts';

/**
 * Gives symbolic dimensions a size, in the inputs, the outputs and wherever else the graph states shapes: what is
 * computed from them is then known too, and gradients can be written and measured for exactly these shapes.
 * @param sizes by symbol, e.g. `{ batch: 16 }`
 */
export function fixDimensions(model: Model, sizes: Readonly<Record<string, number>>): Model {
  const { graph } = model;
  const fixed = (info: ValueInfo): ValueInfo => ({
    ...info,
    shape: info.shape?.map((dim) => (typeof dim === 'string' ? (sizes[dim] ?? dim) : dim)) ?? null,
  });
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map(fixed),
      outputs: graph.outputs.map(fixed),
      valueInfo: new Map([...graph.valueInfo].map(([name, info]) => [name, fixed(info)])),
    },
  };
}
