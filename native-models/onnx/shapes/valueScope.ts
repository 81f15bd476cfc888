import {
  elementCount,
  float16ToNumber,
  isFloatType,
  numberToFloat16,
  tensorToNumbers,
} from '../dataTypes.ts';
import type { DataType, Dim, Tensor } from '../ir.ts';
import type { PartialTensor, ShapeScope, ValueType } from './scope.ts';

/** What a value rule sees beside the shapes. */
export interface ValueScope extends ShapeScope {
  readonly outputs: readonly ValueType[];
  /** Null where omitted or unknown. */
  partial(i: number): PartialTensor | null;
}

/** The outputs' elements, or null where nothing can be said. */
export type ValueRule = (scope: ValueScope) => readonly PartialTensor[] | null;

/** The same elements as numbers. 64-bit integers beyond 2^53 are rounded, which `foldConstants` checks. */
export function partialFromTensor(tensor: Tensor): PartialTensor {
  return { dtype: tensor.dtype, dims: tensor.dims, values: Array.from(tensorToNumbers(tensor)) };
}

/** Dims of output `k` where all are numbers. */
export function outputDims(scope: ValueScope, k = 0): readonly number[] | null {
  const shape = scope.outputs[k]?.shape;
  return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : null;
}

export function strides(dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * dims[axis + 1]!;
  return result;
}

/** Elements of a result of `dims`, each taken from the source offset that `offsetOf` gives for its position. */
export function pick(
  dims: readonly number[],
  source: readonly Dim[],
  offsetOf: (position: readonly number[]) => number,
): Dim[] {
  const position = new Array<number>(dims.length).fill(0);
  return Array.from({ length: elementCount(dims) }, () => {
    const at = offsetOf(position);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < dims[axis]!) break;
      position[axis] = 0;
    }
    return at < 0 ? null : source[at]!;
  });
}

export function broadcastTo(input: PartialTensor, dims: readonly number[]): readonly Dim[] {
  if (input.values.length === elementCount(dims)) return input.values;
  const own = strides(input.dims);
  const shift = dims.length - input.dims.length;
  const step = dims.map((_, axis) =>
    axis < shift || input.dims[axis - shift] === 1 ? 0 : own[axis - shift]!,
  );
  return pick(dims, input.values, (position) => position.reduce((sum, p, axis) => sum + p * step[axis]!, 0));
}

/** Rounds as storing into an array of this type does. */
export function roundTo(dtype: DataType, value: Dim): Dim {
  if (typeof value !== 'number') return isFloatType(dtype) ? null : value;
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'float16') return float16ToNumber(numberToFloat16(value));
  return value;
}
