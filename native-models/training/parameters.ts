import { ModelError } from '../errors.ts';
import type { Model, Tensor } from '../onnx/ir.ts';

/** Float32 master weights by initializer name. */
export type Parameters = ReadonlyMap<string, Float32Array>;

/**
 * Turns initializers into graph inputs of the same name, type and shape, so that their values are fed at each run.
 * @throws ModelError `modelOutputMissing` for a name that is no initializer, `modelInputUnsupported` for one that
 *   is not float32
 */
export function initializersAsInputs(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const freed = new Set(names);
  const inputs = names.map((name) => {
    const { dtype, dims } = floatInitializer(model, name);
    return { name, dtype, shape: dims };
  });
  return {
    ...model,
    graph: {
      ...graph,
      // In old files an initializer is listed as an input already.
      inputs: [...graph.inputs.filter(({ name }) => !freed.has(name)), ...inputs],
      initializers: new Map([...graph.initializers].filter(([name]) => !freed.has(name))),
    },
  };
}

/** Copies of the named initializers, to train on. */
export function readParameters(model: Model, names: readonly string[]): Map<string, Float32Array> {
  return new Map(names.map((name) => [name, floatInitializer(model, name).data.slice()]));
}

/** The same graph with new values in the named initializers. */
export function writeParameters(model: Model, parameters: Parameters): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, data] of parameters) {
    initializers.set(name, { ...floatInitializer(model, name), data });
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

/** @throws ModelError `modelOutputMissing` where there is none of that name, `modelInputUnsupported` for one that is not float32 */
export function floatInitializer(model: Model, name: string): Tensor & { dtype: 'float32' } {
  const tensor = model.graph.initializers.get(name);
  if (!tensor) throw new ModelError('modelOutputMissing', { output: name });
  if (tensor.dtype !== 'float32') {
    throw new ModelError('modelInputUnsupported', { input: name, dtype: tensor.dtype });
  }
  return tensor;
}
