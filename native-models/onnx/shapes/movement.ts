/** Operators that move, cut, repeat or make elements without computing with them. */
import { floatAttribute, intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import { dataTypeOfCode } from '../dataTypes.ts';
import type { Dim } from '../ir.ts';
import {
  addDims,
  areEqual,
  ceilDivideDims,
  divideExactly,
  multiplyDims,
  productOfDims,
  subtractDims,
} from './dims.ts';
import {
  broadcastShapes,
  knownNumbers,
  mergeDims,
  positiveAxis,
  type ShapeRule,
  type ShapeScope,
} from './scope.ts';

/** The sizes a node asks for in its input `i`; null entries where only their number is known. */
function sizesGiven(scope: ShapeScope, i: number): readonly Dim[] | null {
  const values = scope.values(i);
  if (values) return values;
  const count = scope.shape(i)?.[0];
  return typeof count === 'number' ? new Array<Dim>(count).fill(null) : null;
}

const Reshape: ShapeRule = (scope) => {
  const dtype = scope.dtype(0);
  const target = sizesGiven(scope, 1);
  const source = scope.shape(0);
  if (!target) return [{ dtype, shape: null }];
  const keepsZero = intAttribute(scope.node, 'allowzero', 0) === 1;
  const result = target.map((dim, axis) => (dim === 0 && !keepsZero ? (source?.[axis] ?? null) : dim));
  const openAt = result.indexOf(-1);
  const isSettled = result.every((dim) => dim !== null && dim !== -1);
  if (source && openAt >= 0) result[openAt] = restOf(scope, source, result.toSpliced(openAt, 1));
  else if (source && isSettled && areEqual(productOfDims(source), productOfDims(result)) === false) {
    throw scope.contradiction(`[${source.join(', ')}] does not fill [${result.join(', ')}]`);
  }
  return [{ dtype, shape: result.map((dim) => (dim === -1 ? null : dim)) }];
};

/** The one size that makes the number of elements equal; sizes on both sides cancel even where unknown formulas. */
function restOf(scope: ShapeScope, source: readonly Dim[], others: readonly Dim[]): Dim {
  if (others.includes(null)) return null;
  const left = [...source];
  const right = others.filter((dim) => {
    const at = dim === null ? -1 : left.indexOf(dim);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const all = productOfDims(left);
  const known = productOfDims(right);
  const rest = divideExactly(all, known);
  if (typeof all === 'number' && typeof known === 'number' && known !== 0 && rest === null) {
    throw scope.contradiction(`[${source.join(', ')}] does not divide into [${others.join(', ')}, -1]`);
  }
  return rest;
}

const Transpose: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const perm = intsAttribute(scope.node, 'perm') ?? shape?.map((_, axis) => shape.length - 1 - axis);
  if (shape && perm?.length !== shape.length) throw scope.contradiction(`perm of ${perm?.length} axes`);
  return [{ dtype: scope.dtype(0), shape: shape && perm ? perm.map((axis) => shape[axis] ?? null) : null }];
};

const Concat: ShapeRule = (scope) => {
  const shapes = Array.from({ length: scope.inputCount }, (_, i) => scope.shape(i));
  const dtype = scope.dtype(0);
  const model = shapes.find((shape) => shape !== null);
  if (!model) return [{ dtype, shape: null }];
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 1), model.length);
  const result = model.map((_, each) =>
    each === axis
      ? shapes.reduce<Dim>((sum, shape) => addDims(sum, shape?.[axis] ?? null), 0)
      : shapes.reduce<Dim>((merged, shape) => mergeDims(scope, merged, shape?.[each] ?? null), null),
  );
  return [{ dtype, shape: result }];
};

const Split: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return scope.node.outputs.map(() => ({ dtype, shape: null }));
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 0), shape.length);
  const count = intAttribute(scope.node, 'num_outputs', scope.node.outputs.length);
  const stated = scope.has(1) ? scope.values(1) : (intsAttribute(scope.node, 'split') ?? null);
  const chunk = ceilDivideDims(shape[axis]!, count);
  return scope.node.outputs.map((_, i) => {
    const last = subtractDims(shape[axis]!, multiplyDims(chunk, count - 1));
    const own = stated ? (stated[i] ?? null) : scope.has(1) ? null : i === count - 1 ? last : chunk;
    return { dtype, shape: shape.with(axis, own) };
  });
};

const Slice: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  const isOld = scope.opset < 10;
  const starts = isOld ? intsAttribute(scope.node, 'starts') : scope.values(1);
  const ends = isOld ? intsAttribute(scope.node, 'ends') : scope.values(2);
  if (!shape) return [{ dtype, shape: null }];
  const count = starts?.length ?? ends?.length;
  const given = isOld
    ? intsAttribute(scope.node, 'axes')
    : scope.has(3)
      ? knownNumbers(scope.values(3))
      : undefined;
  const axes = given === undefined ? [...Array(count ?? 0).keys()] : given;
  if (!axes || count === undefined) return [{ dtype, shape: shape.map(() => null) }];
  const steps = !isOld && scope.has(4) ? scope.values(4) : null;
  const result = [...shape];
  axes.forEach((stated, i) => {
    const axis = positiveAxis(scope, stated, shape.length);
    const step = isOld || !scope.has(4) ? 1 : (steps?.[i] ?? null);
    result[axis] = sliced(shape[axis]!, starts?.[i] ?? null, ends?.[i] ?? null, step);
  });
  return [{ dtype, shape: result }];
};

/** Number of elements between start and end, both clamped to the axis as the operator does. */
export function sliced(size: Dim, start: Dim, end: Dim, step: Dim): Dim {
  if (start === null || end === null || typeof step !== 'number' || step === 0) return null;
  const from = boundary(size, start, step, true);
  const to = boundary(size, end, step, false);
  const span = step > 0 ? subtractDims(to, from) : subtractDims(from, to);
  const count = ceilDivideDims(span, Math.abs(step));
  return typeof count === 'number' ? Math.max(0, count) : count;
}

function boundary(size: Dim, at: Dim, step: number, isStart: boolean): Dim {
  const lowest = step > 0 ? 0 : isStart ? 0 : -1;
  const highest =
    step > 0 ? size : isStart ? subtractDims(size, 1) : size === null ? null : subtractDims(size, 1);
  if (typeof at === 'string') {
    // Sizes computed from a symbol are taken to lie within the axis, as they do when models slice by them.
    return at;
  }
  if (at === null) return null;
  if (typeof size !== 'number') {
    if (Math.abs(at) >= 2 ** 31 - 1) return at > 0 ? highest : lowest;
    return at < 0 ? addDims(size, at) : at;
  }
  const counted = at < 0 ? at + size : at;
  return Math.min(Math.max(counted, lowest), highest as number);
}

const Squeeze: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const given = scope.has(1) ? scope.values(1) : intsAttribute(scope.node, 'axes');
  if (given === undefined) {
    const isCertain = shape.every((dim) => dim !== null);
    return [{ dtype, shape: isCertain ? shape.filter((dim) => dim !== 1) : null }];
  }
  const axes = knownNumbers(given)?.map((axis) => positiveAxis(scope, axis, shape.length));
  return [{ dtype, shape: axes ? shape.filter((_, axis) => !axes.includes(axis)) : null }];
};

const Unsqueeze: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const given = knownNumbers(scope.has(1) ? scope.values(1) : (intsAttribute(scope.node, 'axes') ?? null));
  if (!shape || !given) return [{ dtype: scope.dtype(0), shape: null }];
  const rank = shape.length + given.length;
  const axes = given.map((axis) => positiveAxis(scope, axis, rank));
  let next = 0;
  const result = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : shape[next++]!));
  return [{ dtype: scope.dtype(0), shape: result }];
};

const Expand: ShapeRule = (scope) => {
  const target = sizesGiven(scope, 1);
  return [{ dtype: scope.dtype(0), shape: broadcastShapes(scope, [scope.shape(0), target]) }];
};

const Tile: ShapeRule = (scope) => {
  const repeats = sizesGiven(scope, 1);
  const shape = scope.shape(0)?.map((dim, axis) => multiplyDims(dim, repeats?.[axis] ?? null)) ?? null;
  return [{ dtype: scope.dtype(0), shape }];
};

const Pad: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const pads = intsAttribute(scope.node, 'pads') ?? scope.values(1);
  const given = scope.has(3) ? knownNumbers(scope.values(3)) : [...shape.keys()];
  if (!pads || !given) return [{ dtype, shape: shape.map(() => null) }];
  const result = [...shape];
  given.forEach((stated, i) => {
    const axis = positiveAxis(scope, stated, shape.length);
    result[axis] = addDims(addDims(shape[axis]!, pads[i] ?? null), pads[i + given.length] ?? null);
  });
  return [{ dtype, shape: result }];
};

const Gather: ShapeRule = (scope) => {
  const data = scope.shape(0);
  const indices = scope.shape(1);
  const dtype = scope.dtype(0);
  if (!data || !indices) return [{ dtype, shape: null }];
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 0), data.length);
  return [{ dtype, shape: data.toSpliced(axis, 1, ...indices) }];
};

const GatherElements: ShapeRule = (scope) => [{ dtype: scope.dtype(0), shape: scope.shape(1) }];

const GatherND: ShapeRule = (scope) => {
  const data = scope.shape(0);
  const indices = scope.shape(1);
  const depth = indices?.at(-1);
  if (!data || !indices || typeof depth !== 'number') return [{ dtype: scope.dtype(0), shape: null }];
  const batch = intAttribute(scope.node, 'batch_dims', 0);
  return [{ dtype: scope.dtype(0), shape: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
};

const Compress: ShapeRule = (scope) => {
  const axis = intAttribute(scope.node, 'axis');
  const shape = scope.shape(0);
  if (axis === undefined) return [{ dtype: scope.dtype(0), shape: [null] }];
  const chosen = shape && positiveAxis(scope, axis, shape.length);
  return [{ dtype: scope.dtype(0), shape: shape && chosen !== null ? shape.with(chosen, null) : null }];
};

const Shape: ShapeRule = (scope) => {
  const rank = scope.shape(0)?.length ?? null;
  const start = intAttribute(scope.node, 'start', 0);
  const end = intAttribute(scope.node, 'end') ?? rank;
  return [{ dtype: 'int64', shape: [rank === null ? null : sliced(rank, start, end, 1)] }];
};

const ConstantOfShape: ShapeRule = (scope) => [
  { dtype: tensorAttribute(scope.node, 'value')?.dtype ?? 'float32', shape: sizesGiven(scope, 0) },
];

const Constant: ShapeRule = (scope) => {
  const { attributes } = scope.node;
  const tensor = tensorAttribute(scope.node, 'value');
  if (tensor) return [{ dtype: tensor.dtype, shape: tensor.dims }];
  if (attributes.has('value_int')) return [{ dtype: 'int64', shape: [] }];
  if (floatAttribute(scope.node, 'value_float') !== undefined) return [{ dtype: 'float32', shape: [] }];
  const list = attributes.get('value_ints') ?? attributes.get('value_floats');
  if (list?.type === 'ints') return [{ dtype: 'int64', shape: [list.value.length] }];
  if (list?.type === 'floats') return [{ dtype: 'float32', shape: [list.value.length] }];
  return [];
};

const Range: ShapeRule = (scope) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => scope.values(i)?.[0] ?? null);
  const span = subtractDims(limit ?? null, start ?? null);
  const isWhole = typeof delta === 'number' && typeof span === 'number' && delta !== 0;
  const count = isWhole ? Math.max(0, Math.ceil(span / delta)) : delta === 1 ? span : null;
  return [{ dtype: scope.dtype(0), shape: [count] }];
};

const random: ShapeRule = (scope) => [
  {
    dtype: dataTypeOfCode(intAttribute(scope.node, 'dtype', 1)),
    shape: intsAttribute(scope.node, 'shape') ?? null,
  },
];

export const movementRules: Readonly<Record<string, ShapeRule>> = {
  Reshape,
  Transpose,
  Concat,
  Split,
  Slice,
  Squeeze,
  Unsqueeze,
  Expand,
  Tile,
  Pad,
  Gather,
  GatherElements,
  GatherND,
  Compress,
  Shape,
  ConstantOfShape,
  Constant,
  Range,
  RandomNormal: random,
  RandomUniform: random,
};
