/** Values of nodes that move, cut, repeat or make elements. */
import { intAttribute, intsAttribute, tensorAttribute } from '../attributes.ts';
import { elementCount } from '../dataTypes.ts';
import type { Dim } from '../ir.ts';
import { productOfDims } from './dims.ts';
import { positiveAxis, type PartialTensor } from './scope.ts';
import {
  broadcastTo,
  outputDims,
  partialFromTensor,
  pick,
  roundTo,
  strides,
  type ValueRule,
} from './valueScope.ts';

const same: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  return input && dims ? [{ ...input, dims }] : null;
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

/** One row for each axis, one column for each element that is not 0. */
const NonZero: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dims = outputDims(scope);
  if (!input || !dims) return null;
  const found = [...input.values.keys()].filter((at) => input.values[at] !== 0);
  const own = strides(input.dims);
  const values = input.dims.flatMap((size, axis) => found.map((at) => Math.floor(at / own[axis]!) % size));
  return [{ dtype: 'int64', dims, values }];
};

export const movementValues: Readonly<Record<string, ValueRule>> = {
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
  Transpose,
  Expand,
  Tile,
  Concat,
  Gather,
  Slice,
  Split,
  NonZero,
};
