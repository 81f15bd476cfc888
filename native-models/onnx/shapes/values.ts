/**
 * Evaluation of nodes whose inputs are known in part: shape arithmetic with symbols, and constants. Floats are
 * computed in float64 and rounded once, which for the operators here gives what float32 arithmetic gives.
 */
import { intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import {
  elementCount,
  float16ToNumber,
  isFloatType,
  numberToFloat16,
  tensorToNumbers,
} from '../dataTypes.ts';
import type { DataType, Dim, Tensor } from '../ir.ts';
import { addDims, areEqual, floorDivideDims, multiplyDims, productOfDims, subtractDims } from './dims.ts';
import { positiveAxis, type PartialTensor, type ShapeScope, type ValueType } from './scope.ts';

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
function outputDims(scope: ValueScope, k = 0): readonly number[] | null {
  const shape = scope.outputs[k]?.shape;
  return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : null;
}

function strides(dims: readonly number[]): number[] {
  const result = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * dims[axis + 1]!;
  return result;
}

/** Elements of a result of `dims`, each taken from the source offset that `offsetOf` gives for its position. */
function pick(
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

function broadcastTo(input: PartialTensor, dims: readonly number[]): readonly Dim[] {
  if (input.values.length === elementCount(dims)) return input.values;
  const own = strides(input.dims);
  const shift = dims.length - input.dims.length;
  const step = dims.map((_, axis) =>
    axis < shift || input.dims[axis - shift] === 1 ? 0 : own[axis - shift]!,
  );
  return pick(dims, input.values, (position) => position.reduce((sum, p, axis) => sum + p * step[axis]!, 0));
}

/** Rounds as storing into an array of this type does. */
function roundTo(dtype: DataType, value: Dim): Dim {
  if (typeof value !== 'number') return isFloatType(dtype) ? null : value;
  if (dtype === 'float32') return Math.fround(value);
  if (dtype === 'float16') return float16ToNumber(numberToFloat16(value));
  return value;
}

const same: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  return input && dims ? [{ ...input, dims }] : null;
};

function elementwise(compute: (values: readonly Dim[], dtype: DataType) => Dim): ValueRule {
  return (scope) => {
    const dims = outputDims(scope);
    const dtype = scope.outputs[0]?.dtype;
    const inputs = Array.from({ length: scope.inputCount }, (_, i) => scope.partial(i));
    if (!dims || !dtype || dtype === 'bfloat16' || inputs.some((input) => input === null)) return null;
    const operandType = inputs[0]!.dtype;
    const lists = inputs.map((input) => broadcastTo(input!, dims));
    const values = Array.from({ length: elementCount(dims) }, (_, at) =>
      roundTo(
        dtype,
        compute(
          lists.map((list) => list[at]!),
          operandType,
        ),
      ),
    );
    return [{ dtype, dims, values }];
  };
}

const unary = (compute: (value: number) => number) =>
  elementwise(([value]) => (typeof value === 'number' ? compute(value) : null));

function folding(combine: (a: Dim, b: Dim) => Dim): ValueRule {
  return elementwise((values) => values.reduce((a, b) => combine(a, b)));
}

const numeric = (compute: (a: number, b: number) => number) => (a: Dim, b: Dim) =>
  typeof a === 'number' && typeof b === 'number' ? compute(a, b) : null;

const divide = elementwise(([a, b], dtype) => {
  if (isFloatType(dtype)) return numeric((x, y) => x / y)(a!, b!);
  // Integer division cuts towards zero; sizes, which are what symbols stand for, are not negative.
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? null : Math.trunc(a / b);
  return floorDivideDims(a!, b!);
});

const modulo: ValueRule = (scope) =>
  elementwise(([a, b], dtype) => {
    const isC = intAttribute(scope.node, 'fmod', 0) === 1;
    if (typeof a !== 'number' || typeof b !== 'number' || b === 0) {
      return b === 1 && !isFloatType(dtype) ? 0 : exactRemainder(a!, b!);
    }
    return isC ? a % b : a - Math.floor(a / b) * b;
  })(scope);

/** 0 where b divides a whatever the symbols are. */
function exactRemainder(a: Dim, b: Dim): Dim {
  return areEqual(multiplyDims(floorDivideDims(a, b), b), a) === true ? 0 : null;
}

function compare(test: (a: number, b: number) => boolean): ValueRule {
  return elementwise(([a, b]) => {
    if (typeof a === 'number' && typeof b === 'number') return Number(test(a, b));
    return null;
  });
}

const Equal = elementwise(([a, b]) => {
  const equal = areEqual(a!, b!);
  return equal === null ? null : Number(equal);
});

const Where = (scope: ValueScope) => {
  const dims = outputDims(scope);
  const [condition, yes, no] = [scope.partial(0), scope.partial(1), scope.partial(2)];
  if (!dims || !condition || !yes || !no) return null;
  const [c, a, b] = [condition, yes, no].map((each) => broadcastTo(each, dims)) as [Dim[], Dim[], Dim[]];
  const values = c.map((flag, at) =>
    flag === null ? (areEqual(a[at]!, b[at]!) ? a[at]! : null) : flag ? a[at]! : b[at]!,
  );
  return [{ dtype: yes.dtype, dims, values }];
};

const Cast: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dtype = scope.outputs[0]?.dtype;
  if (!input || !dtype || dtype === 'bfloat16' || input.dtype === 'bfloat16') return null;
  const values = input.values.map((value) => {
    if (typeof value !== 'number') return dtype === 'bool' ? null : value;
    if (dtype === 'bool') return Number(value !== 0);
    // A symbol stays a symbol as a float: exporters compute sizes in float and cast back.
    return isFloatType(dtype) ? roundTo(dtype, value) : Number.isFinite(value) ? Math.trunc(value) : null;
  });
  return [{ dtype, dims: input.dims, values }];
};

const Constant: ValueRule = ({ node }) => {
  const tensor = tensorAttribute(node, 'value');
  if (tensor) return [partialFromTensor(tensor)];
  const own = [...node.attributes].find(([name]) => name.startsWith('value_'))?.[1];
  if (own?.type === 'int') return [{ dtype: 'int64', dims: [], values: [Number(own.value)] }];
  if (own?.type === 'float') return [{ dtype: 'float32', dims: [], values: [own.value] }];
  if (own?.type === 'ints') {
    return [{ dtype: 'int64', dims: [own.value.length], values: own.value.map(Number) }];
  }
  if (own?.type === 'floats') return [{ dtype: 'float32', dims: [own.value.length], values: own.value }];
  return null;
};

const Shape: ValueRule = (scope) => {
  const shape = scope.shape(0);
  if (!shape) return null;
  const values = shape.slice(
    intAttribute(scope.node, 'start', 0),
    intAttribute(scope.node, 'end', shape.length),
  );
  return [{ dtype: 'int64', dims: [values.length], values }];
};

const Size: ValueRule = (scope) => {
  const shape = scope.shape(0);
  return shape && [{ dtype: 'int64', dims: [], values: [productOfDims(shape)] }];
};

const ConstantOfShape: ValueRule = (scope) => {
  const dims = outputDims(scope);
  const value = tensorAttribute(scope.node, 'value');
  const fill = value ? partialFromTensor(value) : ({ dtype: 'float32', values: [0] } as const);
  if (!dims) return null;
  return [{ dtype: fill.dtype, dims, values: new Array<Dim>(elementCount(dims)).fill(fill.values[0]!) }];
};

const Range: ValueRule = (scope) => {
  const dims = outputDims(scope);
  const start = scope.partial(0);
  const delta = scope.partial(2)?.values[0];
  const from = start?.values[0];
  if (!dims || !start || typeof from !== 'number' || typeof delta !== 'number') return null;
  const values = Array.from({ length: dims[0]! }, (_, i) => roundTo(start.dtype, from + i * delta));
  return [{ dtype: start.dtype, dims, values }];
};

const Transpose: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  if (!input || !dims) return null;
  const perm = intsAttribute(scope.node, 'perm') ?? [...dims.keys()].reverse();
  const own = strides(input.dims);
  const step = perm.map((axis) => own[axis]!);
  const values = pick(dims, input.values, (position) =>
    position.reduce((sum, p, axis) => sum + p * step[axis]!, 0),
  );
  return [{ ...input, dims, values }];
};

const Expand: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  return input && dims && [{ ...input, dims, values: broadcastTo(input, dims) }];
};

const Tile: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  if (!input || !dims) return null;
  const own = strides(input.dims);
  const values = pick(dims, input.values, (position) =>
    position.reduce((sum, p, axis) => sum + (p % input.dims[axis]!) * own[axis]!, 0),
  );
  return [{ ...input, dims, values }];
};

const Concat: ValueRule = (scope) => {
  const dims = outputDims(scope);
  const inputs = Array.from({ length: scope.inputCount }, (_, i) => scope.partial(i));
  const dtype = scope.outputs[0]?.dtype;
  if (!dims || !dtype || inputs.every((input) => input === null)) return null;
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 1), dims.length);
  const outer = elementCount(dims.slice(0, axis));
  const inner = elementCount(dims.slice(axis + 1));
  const values: Dim[] = [];
  for (let row = 0; row < outer; row++) {
    for (const [i, input] of inputs.entries()) {
      const size = scope.shape(i)?.[axis];
      if (typeof size !== 'number') return null;
      const run = size * inner;
      for (let at = row * run; at < (row + 1) * run; at++) values.push(input ? input.values[at]! : null);
    }
  }
  return [{ dtype, dims, values }];
};

const Gather: ValueRule = (scope) => {
  const [data, indices] = [scope.partial(0), scope.partial(1)];
  const dims = outputDims(scope);
  if (!data || !indices || !dims) return null;
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 0), data.dims.length);
  const inner = elementCount(data.dims.slice(axis + 1));
  const size = data.dims[axis]!;
  const count = indices.values.length;
  const values: Dim[] = [];
  for (let row = 0; row < elementCount(data.dims.slice(0, axis)); row++) {
    for (let i = 0; i < count; i++) {
      const index = indices.values[i]!;
      const chosen = typeof index === 'number' ? (index < 0 ? index + size : index) : -1;
      for (let at = 0; at < inner; at++) {
        values.push(chosen < 0 ? null : (data.values[(row * size + chosen) * inner + at] ?? null));
      }
    }
  }
  return [{ dtype: data.dtype, dims, values }];
};

const Slice: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  const isOld = scope.opset < 10;
  const starts = isOld ? intsAttribute(scope.node, 'starts') : scope.values(1);
  if (!input || !dims || !starts) return null;
  const axes = (isOld ? intsAttribute(scope.node, 'axes') : scope.values(3)) ?? [...starts.keys()];
  const steps = isOld ? null : scope.values(4);
  const own = strides(input.dims);
  const first = new Array<number>(dims.length).fill(0);
  const step = new Array<number>(dims.length).fill(1);
  for (const [i, stated] of axes.entries()) {
    const from = starts[i];
    if (typeof stated !== 'number' || typeof from !== 'number') return null;
    const axis = positiveAxis(scope, stated, dims.length);
    const size = input.dims[axis]!;
    step[axis] = Number(steps?.[i] ?? 1);
    const counted = from < 0 ? from + size : from;
    first[axis] = Math.min(Math.max(counted, 0), step[axis] < 0 ? size - 1 : size);
  }
  const values = pick(dims, input.values, (position) =>
    position.reduce((sum, p, axis) => sum + (first[axis]! + p * step[axis]!) * own[axis]!, 0),
  );
  return [{ ...input, dims, values }];
};

const Split: ValueRule = (scope) => {
  const input = scope.partial(0);
  if (!input) return null;
  const axis = positiveAxis(scope, intAttribute(scope.node, 'axis', 0), input.dims.length);
  const own = strides(input.dims);
  let start = 0;
  const parts: PartialTensor[] = [];
  for (const k of scope.outputs.keys()) {
    const dims = outputDims(scope, k);
    if (!dims) return null;
    const from = start * own[axis]!;
    const values = pick(dims, input.values, (position) =>
      position.reduce((sum, p, each) => sum + p * own[each]!, from),
    );
    parts.push({ ...input, dims, values });
    start += dims[axis]!;
  }
  return parts;
};

function reducing(combine: (a: Dim, b: Dim) => Dim): ValueRule {
  return (scope) => {
    const input = scope.partial(0);
    const dims = outputDims(scope);
    // Only whole reductions of lists: what shape arithmetic needs.
    if (!input || !dims || elementCount(dims) !== 1 || input.values.length === 0) return null;
    return [{ ...input, dims, values: [roundTo(input.dtype, input.values.reduce(combine))] }];
  };
}

const extreme = (choose: (...values: number[]) => number) =>
  elementwise((values) => {
    if (values.every((value) => typeof value === 'number')) return choose(...(values as number[]));
    return values.every((value) => value === values[0]) ? values[0]! : null;
  });

export const valueRules: Readonly<Record<string, ValueRule>> = {
  Identity: same,
  Reshape: same,
  Flatten: same,
  Squeeze: same,
  Unsqueeze: same,
  Dropout: (scope) => (scope.has(2) ? null : same(scope)),
  Constant,
  Shape,
  Size,
  ConstantOfShape,
  Range,
  Cast,
  Transpose,
  Expand,
  Tile,
  Concat,
  Gather,
  Slice,
  Split,
  Where,
  Add: folding(addDims),
  Sub: folding(subtractDims),
  Mul: folding(multiplyDims),
  Div: divide,
  Mod: modulo,
  Max: extreme(Math.max),
  Min: extreme(Math.min),
  Equal,
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  And: folding(numeric((a, b) => a & b)),
  Or: folding(numeric((a, b) => a | b)),
  Xor: folding(numeric((a, b) => a ^ b)),
  Not: unary((value) => Number(value === 0)),
  Neg: unary((value) => -value),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Reciprocal: unary((value) => 1 / value),
  Relu: unary((value) => Math.max(0, value)),
  ReduceSum: reducing(addDims),
  ReduceProd: reducing(multiplyDims),
};
