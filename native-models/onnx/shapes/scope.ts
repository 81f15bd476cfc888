import type { DataType, Dim, Node } from '../ir.ts';
import { areEqual } from './dims.ts';

/** Type of a value as far as it is known. */
export interface ValueType {
  readonly dtype: DataType | null;
  readonly shape: readonly Dim[] | null;
}

/** A small tensor whose elements are known in part: numbers, sizes that depend on symbols, or null. */
export interface PartialTensor {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  /** Row-major; a bool is 0 or 1. */
  readonly values: readonly Dim[];
}

/** What a rule sees of a node. */
export interface ShapeScope {
  readonly node: Node;
  /** Version of the node's operator set. */
  readonly opset: number;
  /** Number of inputs stated, omitted ones included. */
  readonly inputCount: number;
  /** False where input `i` is omitted. */
  has(i: number): boolean;
  dtype(i: number): DataType | null;
  shape(i: number): readonly Dim[] | null;
  /** Elements of input `i` as far as they are known, row-major; null where nothing is or the tensor is large. */
  values(i: number): readonly Dim[] | null;
  /** A ModelError modelShapeUnresolved that names the node, for shapes that contradict each other. */
  contradiction(reason: string, cause?: unknown): Error;
}

/** Types of the outputs, in order; outputs left out are unknown. */
export type ShapeRule = (scope: ShapeScope) => readonly ValueType[];

export const unknownType: ValueType = { dtype: null, shape: null };

/** Axis in [0, rank) from one that may count from the end. */
export function positiveAxis(scope: ShapeScope, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= Math.max(rank, 1)) {
    throw scope.contradiction(`axis ${axis} of ${rank} dimensions`);
  }
  return positive;
}

/** Shape of an element-wise result (numpy rules). */
export function broadcastShapes(
  scope: ShapeScope,
  shapes: readonly (readonly Dim[] | null)[],
): readonly Dim[] | null {
  if (shapes.some((shape) => shape === null)) return null;
  const known = shapes as readonly (readonly Dim[])[];
  const rank = Math.max(0, ...known.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = known.flatMap((shape) => {
      const own = axis - rank + shape.length;
      return own < 0 ? [] : [shape[own]!];
    });
    return broadcastDims(scope, dims);
  });
}

function broadcastDims(scope: ShapeScope, dims: readonly Dim[]): Dim {
  let result: Dim = 1;
  for (const dim of dims) {
    if (dim === 1 || dim === result) continue;
    if (result === 1) result = dim;
    else if (typeof dim === 'number' && typeof result === 'number') {
      throw scope.contradiction(`sizes ${result} and ${dim} do not broadcast`);
    } else if (typeof dim === 'number') result = dim;
    // Two unknown sizes: either may be 1.
    else if (typeof result !== 'number') result = null;
  }
  return result;
}

/** The better known of two statements about one size. */
export function mergeDims(scope: ShapeScope, a: Dim, b: Dim): Dim {
  if (a === null) return b;
  if (b === null || typeof a === 'number') {
    if (areEqual(a, b) === false) throw scope.contradiction(`sizes ${a} and ${b} differ`);
    return a;
  }
  return typeof b === 'number' ? b : a;
}

/** All elements as numbers, or null where one is not known. */
export function knownNumbers(values: readonly Dim[] | null): readonly number[] | null {
  return values?.every((value) => typeof value === 'number') ? (values as readonly number[]) : null;
}
