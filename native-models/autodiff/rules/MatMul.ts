import type { Dim } from '../../onnx/ir.ts';
import { range, reshape, reshapeLike, transpose, unsqueeze } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** dA = dY·Bᵀ, dB = Aᵀ·dY, with vectors seen as one-row or one-column matrices and batches summed back. */
export const MatMul: GradientRule = (s) => {
  const [a, b] = [s.input(0), s.input(1)];
  const [rankA, rankB] = [s.rank(a), s.rank(b)];
  const matrixA = rankA === 1 ? unsqueeze(s, a, [0]) : a;
  const matrixB = rankB === 1 ? unsqueeze(s, b, [1]) : b;
  const dy = openVectors(s, rankA, rankB);
  return [
    s.wants(0) ? backTo(s, a, rankA === 1, s.op('MatMul', [dy, turned(s, matrixB)])) : null,
    s.wants(1) ? gradientOfB(s, b, matrixA, dy) : null,
  ];
};

/** The result of a product with vectors has lost their axes: puts them back. */
function openVectors(s: Scope, rankA: number, rankB: number): string {
  const rank = s.rank(s.output(0));
  if (rankA === 1 && rankB === 1) return reshape(s, s.gradient(), [1, 1]);
  if (rankB === 1) return unsqueeze(s, s.gradient(), [rank]);
  return rankA === 1 ? unsqueeze(s, s.gradient(), [rank - 1]) : s.gradient();
}

/** A matrix shared by a whole batch gets its gradient from one product over all rows of the batch. */
function gradientOfB(s: Scope, b: string, matrixA: string, dy: string): string {
  const shapeB = s.shape(b);
  const [inner, outer] = [shapeB?.[0], shapeB?.[1]];
  if (s.rank(b) === 2 && s.rank(matrixA) > 2 && isSize(inner) && isSize(outer)) {
    const rows = reshape(s, matrixA, [-1, inner]);
    const gradients = reshape(s, dy, [-1, outer]);
    return s.op('MatMul', [transpose(s, rows, [1, 0]), gradients]);
  }
  return backTo(s, b, s.rank(b) === 1, s.op('MatMul', [turned(s, matrixA), dy]));
}

const isSize = (dim: Dim | undefined): dim is number => typeof dim === 'number';

function backTo(s: Scope, value: string, vector: boolean, gradient: string): string {
  if (!vector) return unbroadcast(s, gradient, value);
  const rank = s.rank(gradient);
  const batch = range(0, rank - 2);
  const summed = batch.length > 0 ? s.op('ReduceSum', [gradient, s.ints(batch)], { keepdims: 0 }) : gradient;
  return reshapeLike(s, summed, value);
}

/** Swaps the last two axes. */
function turned(s: Scope, value: string): string {
  const rank = s.rank(value);
  return transpose(s, value, [...range(0, rank - 2), rank - 1, rank - 2]);
}
