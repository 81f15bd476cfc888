/** Reductions, products of matrices, and what selects along an axis. */
import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import { multiplyDims } from './dims.ts';
import { broadcastShapes, knownNumbers, mergeDims, positiveAxis, type ShapeRule } from './scope.ts';

const reduce: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const keep = intAttribute(scope.node, 'keepdims', 1) === 1;
  const given = scope.has(1) ? scope.values(1) : (intsAttribute(scope.node, 'axes') ?? []);
  const axes = knownNumbers(given)?.map((axis) => positiveAxis(scope, axis, shape.length));
  if (!axes) return [{ dtype, shape: keep ? shape.map(() => null) : null }];
  if (axes.length === 0 && intAttribute(scope.node, 'noop_with_empty_axes', 0) === 1)
    return [{ dtype, shape }];
  const isReduced = (axis: number) => axes.length === 0 || axes.includes(axis);
  return [
    {
      dtype,
      shape: keep
        ? shape.map((dim, axis) => (isReduced(axis) ? 1 : dim))
        : shape.filter((_, axis) => !isReduced(axis)),
    },
  ];
};

const argReduce: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  if (!shape) return [{ dtype: 'int64', shape: null }];
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 0), shape.length);
  const keep = intAttribute(scope.node, 'keepdims', 1) === 1;
  return [{ dtype: 'int64', shape: keep ? shape.with(axis, 1) : shape.toSpliced(axis, 1) }];
};

const MatMul: ShapeRule = (scope) => {
  const dtype = scope.node.op === 'MatMulInteger' ? 'int32' : scope.dtype(0);
  const a = scope.shape(0);
  const b = scope.shape(1);
  if (!a || !b) return [{ dtype, shape: null }];
  if (a.length === 0 || b.length === 0) throw scope.contradiction('a scalar is no matrix');
  mergeDims(scope, a.at(-1)!, b.length === 1 ? b[0]! : b.at(-2)!);
  const batch = broadcastShapes(scope, [a.slice(0, -2), b.slice(0, -2)])!;
  const rows = a.length === 1 ? [] : [a.at(-2)!];
  const columns = b.length === 1 ? [] : [b.at(-1)!];
  return [{ dtype, shape: [...batch, ...rows, ...columns] }];
};

const Gemm: ShapeRule = (scope) => {
  const a = scope.shape(0);
  const b = scope.shape(1);
  const transA = intAttribute(scope.node, 'transA', 0);
  const transB = intAttribute(scope.node, 'transB', 0);
  if ((a && a.length !== 2) || (b && b.length !== 2)) throw scope.contradiction('Gemm takes matrices');
  if (a && b) mergeDims(scope, a[transA ? 0 : 1]!, b[transB ? 1 : 0]!);
  return [{ dtype: scope.dtype(0), shape: [a?.[transA ? 1 : 0] ?? null, b?.[transB ? 0 : 1] ?? null] }];
};

const Einsum: ShapeRule = (scope) => {
  const dtype = scope.dtype(0);
  const equation = stringAttribute(scope.node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  const sizes = new Map<string, Dim>();
  const counts = new Map<string, number>();
  let ellipses: (readonly Dim[])[] = [];
  for (const [i, term] of terms.entries()) {
    const shape = scope.shape(i);
    if (!shape) return [{ dtype, shape: null }];
    const letters = term.replace('...', '');
    const dotsAt = term.indexOf('...');
    const spread = shape.length - letters.length;
    if (spread < 0 || (dotsAt < 0 && spread > 0)) {
      throw scope.contradiction(`“${term}” does not fit ${shape.length} dimensions`);
    }
    if (dotsAt >= 0) ellipses.push(shape.slice(dotsAt, dotsAt + spread));
    [...letters].forEach((letter, at) => {
      const dim = shape[dotsAt >= 0 && at >= dotsAt ? at + spread : at]!;
      const before = sizes.get(letter);
      // An axis of size 1 broadcasts against the same letter elsewhere.
      const isStretched = before === 1 || dim === 1;
      sizes.set(
        letter,
        isStretched ? (before === 1 ? dim : (before ?? 1)) : mergeDims(scope, before ?? null, dim),
      );
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    });
  }
  const once = [...counts].filter(([, count]) => count === 1).map(([letter]) => letter);
  const target = right ?? (left.includes('...') ? '...' : '') + once.sort().join('');
  ellipses = ellipses.length > 0 ? ellipses : [[]];
  const spread = broadcastShapes(scope, ellipses)!;
  const shape = target
    .split(/(\.\.\.|.)/)
    .filter((part) => part !== '')
    .flatMap((part) => (part === '...' ? spread : [sizes.get(part) ?? null]));
  return [{ dtype, shape }];
};

const TopK: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape)
    return [
      { dtype, shape: null },
      { dtype: 'int64', shape: null },
    ];
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', -1), shape.length);
  const k = scope.has(1) ? (scope.values(1)?.[0] ?? null) : intAttribute(scope.node, 'k', 1);
  const chosen = shape.with(axis, k);
  return [
    { dtype, shape: chosen },
    { dtype: 'int64', shape: chosen },
  ];
};

const OneHot: ShapeRule = (scope) => {
  const indices = scope.shape(0);
  const dtype = scope.dtype(2);
  if (!indices) return [{ dtype, shape: null }];
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', -1), indices.length + 1);
  return [{ dtype, shape: indices.toSpliced(axis, 0, scope.values(1)?.[0] ?? null) }];
};

const NonZero: ShapeRule = (scope) => {
  const count = knownNumbers(scope.values(0))?.filter((value) => value !== 0).length;
  return [{ dtype: 'int64', shape: [scope.shape(0)?.length ?? null, count ?? null] }];
};

const SoftmaxCrossEntropyLoss: ShapeRule = (scope) => {
  const isWhole = stringAttribute(scope.node, 'reduction', 'mean') !== 'none';
  return [
    { dtype: scope.dtype(0), shape: isWhole ? [] : scope.shape(1) },
    { dtype: scope.dtype(0), shape: scope.shape(0) },
  ];
};

/** LSTM, GRU and RNN with layout 0: X [seq, batch, in], R [directions, gates·hidden, hidden]. */
const recurrent: ShapeRule = (scope) => {
  const x = scope.shape(0);
  const r = scope.shape(2);
  const dtype = scope.dtype(0);
  if (intAttribute(scope.node, 'layout', 0) !== 0) return [];
  const directions = r?.[0] ?? null;
  const hidden = intAttribute(scope.node, 'hidden_size') ?? r?.[2] ?? null;
  const last = { dtype, shape: [directions, x?.[1] ?? null, hidden] };
  return [{ dtype, shape: [x?.[0] ?? null, directions, x?.[1] ?? null, hidden] }, last, last];
};

const Size: ShapeRule = () => [{ dtype: 'int64', shape: [] }];

const Det: ShapeRule = (scope) => [{ dtype: scope.dtype(0), shape: scope.shape(0)?.slice(0, -2) ?? null }];

const NonMaxSuppression: ShapeRule = () => [{ dtype: 'int64', shape: [null, 3] }];

/** rows × columns of the flattened halves. */
const Flatten: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: [null, null] }];
  const stated = intAttribute(scope.node, 'axis', 1);
  const axis = stated < 0 ? stated + shape.length : stated;
  const size = (dims: readonly Dim[]) => dims.reduce(multiplyDims, 1);
  return [{ dtype, shape: [size(shape.slice(0, axis)), size(shape.slice(axis))] }];
};

const reductions = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

export const reductionRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(reductions.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: argReduce,
  ArgMin: argReduce,
  MatMul,
  MatMulInteger: MatMul,
  Gemm,
  Einsum,
  TopK,
  OneHot,
  NonZero,
  SoftmaxCrossEntropyLoss,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Size,
  Det,
  NonMaxSuppression,
  Flatten,
};
