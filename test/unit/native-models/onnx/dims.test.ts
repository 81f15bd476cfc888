import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDims,
  areEqual,
  ceilDivideDims,
  divideExactly,
  evaluateDim,
  floorDivideDims,
  multiplyDims,
  productOfDims,
  subtractDims,
} from '../../../../native-models/onnx/shapes/dims.ts';
import type { Dim } from '../../../../native-models/onnx/ir.ts';

describe('dimensions that may be symbols', () => {
  it('keeps one form for one size', () => {
    expect(addDims('batch', 0)).toBe('batch');
    expect(multiplyDims(2, multiplyDims('batch', 32))).toBe('64*batch');
    expect(addDims('b', 'a')).toBe(addDims('a', 'b'));
    expect(subtractDims(addDims('height', 3), 3)).toBe('height');
    expect(multiplyDims('a', 'b')).toBe(multiplyDims('b', 'a'));
    expect(divideExactly('64*batch', 'batch')).toBe(64);
    expect(divideExactly(productOfDims(['batch', 3, 'width']), 'width')).toBe('3*batch');
  });

  it('follows a size through strides', () => {
    // Three convolutions of kernel 3, stride 2, padding 1: height/8 rounded up.
    let size: Dim = 'height';
    for (let i = 0; i < 3; i++) size = addDims(floorDivideDims(subtractDims(addDims(size, 2), 3), 2), 1);
    expect(size).toBe('floor((height+7)/8)');
    expect(evaluateDim(size, { height: 100 })).toBe(13);
  });

  it('knows what cannot be equal and does not guess', () => {
    expect(areEqual('batch', 'batch')).toBe(true);
    expect(areEqual('batch', -1)).toBe(false);
    expect(areEqual('batch', addDims('batch', 1))).toBe(false);
    expect(areEqual('batch', 1)).toBe(null);
    expect(areEqual('a', 'b')).toBe(null);
    expect(areEqual(null, null)).toBe(null);
  });

  it('lets unknown sizes stay unknown', () => {
    expect(addDims(null, 1)).toBe(null);
    expect(multiplyDims(null, 0)).toBe(0);
    expect(floorDivideDims('a', 'b')).toBe(null);
    expect(floorDivideDims(4, 0)).toBe(null);
    expect(evaluateDim('batch', {})).toBe(null);
  });

  it('takes a symbol of any spelling for a symbol', () => {
    for (const symbol of ['unk__12', 'dyn:0', 'batch size', '2x', 'a+b)', 'é']) {
      expect(evaluateDim(symbol, { [symbol]: 5 })).toBe(5);
      expect(addDims(symbol, 0)).not.toBe(null);
    }
  });

  type Formula = readonly [(a: Dim) => Dim, (a: number) => number];
  const step: fc.Arbitrary<Formula> = fc.oneof(
    fc.integer({ min: -9, max: 9 }).map((n): Formula => [(a) => addDims(a, n), (a) => a + n]),
    fc.integer({ min: 1, max: 9 }).map((n): Formula => [(a) => multiplyDims(a, n), (a) => a * n]),
    fc
      .integer({ min: 1, max: 9 })
      .map((n): Formula => [(a) => floorDivideDims(a, n), (a) => Math.floor(a / n)]),
    fc
      .integer({ min: 1, max: 9 })
      .map((n): Formula => [(a) => ceilDivideDims(a, n), (a) => Math.ceil(a / n)]),
    fc.constant<Formula>([(a) => addDims(a, 'other'), (a) => a + 11]),
    fc.constant<Formula>([(a) => multiplyDims(a, 'other'), (a) => a * 11]),
  );

  it('computes with symbols what it computes with numbers', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.integer({ min: 1, max: 500 }), (steps, size) => {
        const symbolic = steps.reduce<Dim>((dim, [onDim]) => onDim(dim), 'size');
        const numeric = steps.reduce((value, [, onNumber]) => onNumber(value), size);
        expect(evaluateDim(symbolic, { size, other: 11 }) ?? numeric).toBe(numeric);
        // A formula read back from a file is the formula that was written.
        expect(addDims(symbolic, 0)).toBe(symbolic);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
