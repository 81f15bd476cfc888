import type { Parameters } from '../parameters.ts';

/**
 * Updates parameters in place from their gradients. On the processor the update is one pass over the arrays; as
 * graph nodes it would be a dozen passes and two copies.
 */
export interface Optimiser {
  /**
   * One update.
   * @param parameters changed in place
   * @param gradients by the same names and of the same lengths
   * @param learningRate of this step
   */
  step(parameters: Parameters, gradients: Parameters, learningRate: number): void;
  /** Everything that must be kept to go on bit for bit: moments by name and the number of steps done. */
  state(): OptimiserState;
}

export interface OptimiserState {
  readonly steps: number;
  /** E.g. `momentum/conv1.weight`. */
  readonly moments: ReadonlyMap<string, Float32Array>;
}

/** The moment buffer of a parameter, zero at first. */
export function momentOf(
  moments: Map<string, Float32Array>,
  kind: string,
  name: string,
  length: number,
): Float32Array {
  const key = `${kind}/${name}`;
  const known = moments.get(key);
  if (known) return known;
  const fresh = new Float32Array(length);
  moments.set(key, fresh);
  return fresh;
}

/** The gradient of a parameter. */
export function gradientOf(gradients: Parameters, name: string): Float32Array {
  const gradient = gradients.get(name);
  if (!gradient) throw new Error(`no gradient for ${name}`);
  return gradient;
}
