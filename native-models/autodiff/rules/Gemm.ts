import { scale } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { unbroadcast } from '../unbroadcast.ts';

/** Y = α·A′·B′ + β·C, with A′ and B′ transposed where the attributes say so. */
export const Gemm: GradientRule = (s) => {
  const [a, b, dy] = [s.input(0), s.input(1), s.gradient()];
  const [transA, transB] = [s.attributeInt('transA', 0), s.attributeInt('transB', 0)];
  return [
    s.wants(0) ? (transA ? product(s, b, dy, transB, 1) : product(s, dy, b, 0, 1 - transB)) : null,
    s.wants(1) ? (transB ? product(s, dy, a, 1, transA) : product(s, a, dy, 1 - transA, 0)) : null,
    s.hasInput(2) && s.wants(2)
      ? scale(s, unbroadcast(s, dy, s.input(2)), s.attributeFloat('beta', 1))
      : null,
  ].slice(0, s.node.inputs.length);
};

const product = (s: Scope, a: string, b: string, transA: number, transB: number) =>
  s.op('Gemm', [a, b], { transA, transB, alpha: s.attributeFloat('alpha', 1) });
