import { describeTrainable } from '../training/layers/groups.ts';
import type { Picture } from '../images/picture.ts';
import { isFloatType, tensorToNumbers } from '../onnx/dataTypes.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { activationGrams, type ActivationOptions } from './activationGrams.ts';
import { linearCka } from './cka.ts';
import { subjectOf } from './subject.ts';

/** What a training did to one module. */
export interface ModuleChange {
  /** As in the plan of a fine-tuning; a tensor outside all modules by its own name. */
  readonly name: string;
  /** Elements of its parameters. */
  readonly size: number;
  /** ‖W′ − W‖ / ‖W‖ over its parameters, Euclidean; null where all were 0 and are no longer. */
  readonly weightChange: number | null;
  /** Of what it gives to the rest of the network, see `linearCka`; null where that cannot be told. */
  readonly cka: number | null;
}

export interface LayerChange {
  /** In the order of the graph. */
  readonly modules: readonly ModuleChange[];
  /** Images behind `cka`. */
  readonly images: number;
}

/** Whether two models have the same initializers, by name, type and shape: what `layerChange` can compare. */
export function isSameArchitecture(first: Model, second: Model): boolean {
  const [one, two] = [first.graph.initializers, second.graph.initializers];
  return one.size === two.size && [...one].every(([name, tensor]) => isAlike(tensor, two.get(name)));
}

function isAlike({ dtype, dims }: Tensor, other: Tensor | undefined): boolean {
  return other?.dtype === dtype && other.dims.join() === dims.join();
}

/**
 * Compares a model with the one it was made from, module by module: how far the weights moved, and whether what the
 * module computes of the same pictures still says the same.
 * @param pictures at least 4, else there is no CKA
 * @throws ModelError `modelUnreadable` for a model without a card, `cancelled`
 */
export async function layerChange(
  base: Model,
  model: Model,
  pictures: readonly Picture[],
  options: ActivationOptions,
): Promise<LayerChange> {
  const { features, preprocess } = subjectOf(model);
  const { groups, modules } = describeTrainable(features ? extractSubgraph(model, features) : model);
  const outputs = new Map(modules.map(({ name, output }) => [name, output]));
  const values = groups.flatMap(({ name }) => outputs.get(name) ?? []);
  const grams = await activationGrams([base, model], values, preprocess, pictures, options);
  const named = groups.map(({ name, parameters }): ModuleChange => {
    const [before, after] = grams.get(outputs.get(name) ?? '') ?? [];
    const cka = before && after ? linearCka(before, after, pictures.length) : null;
    return { name, ...weightChange(base, model, parameters), cka };
  });
  const known = new Set(groups.flatMap(({ parameters }) => parameters));
  const others = [...model.graph.initializers]
    .filter(([name, { dtype }]) => !known.has(name) && isFloatType(dtype))
    .map(([name]): ModuleChange => ({ name, ...weightChange(base, model, [name]), cka: null }))
    .filter((change) => change.weightChange !== 0);
  return { modules: [...named, ...others], images: pictures.length };
}

function weightChange(
  base: Model,
  model: Model,
  names: readonly string[],
): Pick<ModuleChange, 'size' | 'weightChange'> {
  let [size, squares, moved] = [0, 0, 0];
  for (const name of names) {
    const [before, after] = [base, model].map(({ graph }) => tensorToNumbers(graph.initializers.get(name)!));
    before!.forEach((weight, at) => {
      squares += weight ** 2;
      moved += (after![at]! - weight) ** 2;
    });
    size += before!.length;
  }
  return { size, weightChange: moved === 0 ? 0 : squares === 0 ? null : Math.sqrt(moved / squares) };
}
