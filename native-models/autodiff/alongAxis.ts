import { range, transpose } from './arithmetic.ts';
import type { Scope } from './rule.ts';

/** A linear map along one axis: row-major [outputs, inputs]. */
export interface AxisMap {
  readonly outputs: number;
  readonly inputs: number;
  readonly weights: Float64Array;
}

/** The map that takes output k from input `index[k]`. */
export function selection(index: readonly number[], inputs: number): AxisMap {
  const weights = new Float64Array(index.length * inputs);
  index.forEach((from, k) => {
    if (from >= 0) weights[k * inputs + from] = 1;
  });
  return { outputs: index.length, inputs, weights };
}

/**
 * The gradient of a linear map along `axis`: multiplies by its transpose.
 * @param value has size `map.outputs` along `axis`; the result has `map.inputs`.
 */
export function applyTransposed(s: Scope, value: string, map: AxisMap, axis: number): string {
  const { outputs, inputs, weights } = map;
  const rank = s.rank(value);
  if (axis === rank - 1) return s.op('MatMul', [value, s.floats(value, [outputs, inputs], weights)]);
  const turned = new Float64Array(weights.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) turned[i * outputs + o] = weights[o * inputs + i]!;
  }
  const matrix = s.floats(value, [inputs, outputs], turned);
  if (axis === rank - 2) return s.op('MatMul', [matrix, value]);
  const swap = range(0, rank).map((i) => (i === axis ? rank - 2 : i === rank - 2 ? axis : i));
  return transpose(s, s.op('MatMul', [matrix, transpose(s, value, swap)]), swap);
}
