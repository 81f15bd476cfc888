import type { Dim, Model, ValueInfo } from '../ir.ts';
import { inferGraph } from '../shapes/infer.ts';

export interface InferShapesOptions {
  /** Shapes to assume for inputs instead of the declared ones, e.g. `input` → [16, 3, 224, 224]. */
  readonly inputShapes?: ReadonlyMap<string, readonly Dim[]>;
}

/**
 * States element type and shape of every value the nodes make in `graph.valueInfo`, and of the graph's outputs.
 * Sizes of inputs that have no name get one (`input_0`). The batch and other symbols stay symbols, and sizes computed from them become formulas (`64*batch`,
 * `floor((height+7)/8)`, see `shapes/dims.ts`); what cannot be known is null. Shape arithmetic (Shape, Gather,
 * Concat, ConstantOfShape, Expand, Reshape …) is followed by value.
 *
 * - `inputShapes` replaces the declared shapes of those inputs; shapes stated in the file are then ignored.
 * - Otherwise the file's statements fill what inference leaves open.
 * @throws ModelError modelShapeUnresolved naming the node whose input shapes contradict each other
 */
export function inferShapes(model: Model, options: InferShapesOptions = {}): Model {
  const { types } = inferGraph(model, options);
  const { graph } = model;
  const outputNames = new Set(graph.outputs.map(({ name }) => name));
  const infoOf = (name: string, before?: ValueInfo): ValueInfo => ({
    ...before,
    name,
    ...(types.get(name) ?? { dtype: before?.dtype ?? null, shape: before?.shape ?? null }),
  });
  const made = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const inner = made.filter((name) => !outputNames.has(name));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map((input) => infoOf(input.name, input)),
      outputs: graph.outputs.map((output) => infoOf(output.name, output)),
      valueInfo: new Map(inner.map((name) => [name, infoOf(name, graph.valueInfo.get(name))])),
    },
  };
}
