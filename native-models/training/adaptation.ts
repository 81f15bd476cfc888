import { ModelError } from '../errors.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import type { LayerPolicy } from './layers/policy.ts';
import { selectParameters, type SelectionOptions } from './layers/select.ts';
import { adapterParameters, addAdapters, foldAdapters } from './lora.ts';
import { weightUses } from './loraWeights.ts';
import { writeParameters, type Parameters } from './parameters.ts';

/** A model made ready to train under a layer policy. */
export interface Adaptation {
  /** What to train: the base itself, or the base with adapters beside its layers. */
  readonly model: Model;
  /** Initializers of `model` that train. */
  readonly parameters: readonly string[];
  /** Initializers of the base that change by it. */
  readonly changes: readonly string[];
  /**
   * The base with what was trained put into its initializers, which keep their names: what is exported.
   * @param trained values of `parameters`; the result shares their memory
   */
  readonly merge: (trained: Parameters) => Model;
}

/** `random` also draws the first values of `lora`. */
export interface AdaptationOptions extends SelectionOptions {
  /** Initializers that train in any case, e.g. those of a new head; under `lora` they take no adapter. */
  readonly always?: readonly string[];
}

/**
 * Makes a model ready to train under a policy.
 * @throws ModelError as `selectParameters`; `badRequest` for `lora` where no layer can take an adapter
 */
export function adaptModel(base: Model, policy: LayerPolicy, options: AdaptationOptions): Adaptation {
  const { random, outputs, always = [] } = options;
  if (policy.kind !== 'lora') {
    const parameters = [...new Set([...selectParameters(base, policy, options), ...always])];
    return {
      model: base,
      parameters,
      changes: parameters,
      merge: (trained) => writeParameters(base, trained),
    };
  }
  const part = outputs === undefined ? base : extractSubgraph(base, outputs);
  const weights = [...weightUses(base.graph).keys()].filter(
    (name) => part.graph.initializers.has(name) && !always.includes(name),
  );
  if (weights.length === 0) throw new ModelError('badRequest', { reason: 'no layer can take an adapter' });
  const { model, adapters } = addAdapters(base, { rank: policy.rank, weights, random });
  const inAdapters = new Set(adapterParameters(adapters));
  return {
    model,
    parameters: [...inAdapters, ...always],
    changes: [...weights, ...always],
    merge: (trained) => {
      const whole = [...trained].filter(([name]) => !inAdapters.has(name));
      return foldAdapters(writeParameters(base, new Map(whole)), adapters, trained);
    },
  };
}
