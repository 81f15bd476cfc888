import type { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { interpolationMatrix } from './interpolation.ts';

/** Rows and columns of a map or of a feature tensor. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** Version of the standard operators that a model is written in. */
export function opsetOf(model: Model): number {
  return model.opsets.get('') ?? 1;
}

/** Reductions took their axes as attribute until opset 13 (ReduceSum) or 18 (the others), then as input. */
export function reduce(
  g: GraphBuilder,
  opset: number,
  op: string,
  value: string,
  axes: readonly number[],
): string {
  const asInput = opset >= (op === 'ReduceSum' ? 13 : 18);
  return asInput
    ? g.op(op, [value, g.constant(int64List(axes))], { keepdims: 1 })
    : g.op(op, [value], { axes, keepdims: 1 });
}

/** Bilinear interpolation as two products with constant matrices: linear, and the same in every opset. */
export function resample(g: GraphBuilder, value: string, from: Grid, to: Grid): string {
  let result = value;
  if (from.width !== to.width) {
    const matrix = float32Tensor(
      [from.width, to.width],
      interpolationMatrix(from.width, to.width, 'columns'),
    );
    result = g.op('MatMul', [result, g.constant(matrix, 'columns')]);
  }
  if (from.height !== to.height) {
    const matrix = float32Tensor(
      [to.height, from.height],
      interpolationMatrix(from.height, to.height, 'rows'),
    );
    result = g.op('MatMul', [g.constant(matrix, 'rows'), result]);
  }
  return result;
}
