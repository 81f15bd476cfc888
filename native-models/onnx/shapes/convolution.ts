/** Convolution, pooling and what else slides over or scales the spatial axes [N, C, spatial…]. */
import { floatsAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Dim } from '../ir.ts';
import {
  addDims,
  ceilDivideDims,
  divideExactly,
  floorDivideDims,
  multiplyDims,
  subtractDims,
} from './dims.ts';
import { knownNumbers, mergeDims, positiveAxis, type ShapeRule, type ShapeScope } from './scope.ts';

interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
  readonly ceilMode: boolean;
}

function windowOf(scope: ShapeScope, kernel: readonly Dim[]): Window {
  const axes = kernel.length;
  const list = (name: string, count: number, fallback: number) => {
    const stated = intsAttribute(scope.node, name);
    if (stated && stated.length !== count) {
      throw scope.contradiction(`${stated.length} ${name} for ${axes} spatial axes`);
    }
    return stated ?? new Array<number>(count).fill(fallback);
  };
  return {
    kernel,
    strides: list('strides', axes, 1),
    dilations: list('dilations', axes, 1),
    pads: list('pads', 2 * axes, 0),
    autoPad: stringAttribute(scope.node, 'auto_pad', 'NOTSET'),
    ceilMode: intAttribute(scope.node, 'ceil_mode', 0) === 1,
  };
}

function slide(scope: ShapeScope, size: Dim, axis: number, window: Window): Dim {
  const { autoPad, ceilMode } = window;
  const stride = window.strides[axis]!;
  const extent = extentOf(window, axis);
  const before = autoPad === 'NOTSET' ? window.pads[axis]! : 0;
  const after = autoPad === 'NOTSET' ? window.pads[axis + window.kernel.length]! : 0;
  if (autoPad.startsWith('SAME')) return ceilDivideDims(size, stride);

  const room = subtractDims(addDims(size, before + after), extent);
  if (typeof room === 'number' && room < 0)
    throw scope.contradiction(`window ${extent} over ${size} elements`);
  if (!ceilMode) return addDims(floorDivideDims(room, stride), 1);

  const steps = ceilDivideDims(room, stride);
  if (typeof extent !== 'number' || after + stride - 1 < extent) return addDims(steps, 1);
  // The last window may not begin in the padding behind the input.
  if (typeof steps !== 'number' || typeof size !== 'number') return null;
  return steps * stride >= size + before ? steps : steps + 1;
}

function extentOf(window: Window, axis: number): Dim {
  const kernel = window.kernel[axis]!;
  return addDims(multiplyDims(subtractDims(kernel, 1), window.dilations[axis]!), 1);
}

function kernelOf(scope: ShapeScope, weight: number, rank: number): readonly Dim[] {
  const stated = intsAttribute(scope.node, 'kernel_shape');
  const own = scope.shape(weight)?.slice(2);
  const kernel = stated ?? own ?? new Array<Dim>(rank - 2).fill(null);
  if (kernel.length !== rank - 2) {
    throw scope.contradiction(`a kernel of ${kernel.length} axes on ${rank - 2} spatial axes`);
  }
  return kernel;
}

const Conv: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const weight = scope.shape(1);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const window = windowOf(scope, kernelOf(scope, 1, shape.length));
  const group = intAttribute(scope.node, 'group', 1);
  if (weight) mergeDims(scope, shape[1] ?? null, multiplyDims(weight[1] ?? null, group));
  const spatial = shape.slice(2).map((size, axis) => slide(scope, size, axis, window));
  return [{ dtype, shape: [shape[0]!, weight?.[0] ?? null, ...spatial] }];
};

/** Conv of small integers; the type of the result depends on the operator. */
const ConvInteger: ShapeRule = (scope) => Conv(scope).map(({ shape }) => ({ dtype: 'int32', shape }));

const ConvTranspose: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const weight = scope.shape(1);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const window = windowOf(scope, kernelOf(scope, 1, shape.length));
  const channels = multiplyDims(weight?.[1] ?? null, intAttribute(scope.node, 'group', 1));
  if (weight) mergeDims(scope, shape[1] ?? null, weight[0] ?? null);
  const stated = intsAttribute(scope.node, 'output_shape');
  const extra = intsAttribute(scope.node, 'output_padding', []);
  const axes = shape.length - 2;
  const spatial = shape.slice(2).map((size, axis) => {
    if (stated) return stated[stated.length - axes + axis]!;
    const stride = window.strides[axis]!;
    if (window.autoPad.startsWith('SAME')) return multiplyDims(size, stride);
    const pads = window.autoPad === 'NOTSET' ? window.pads[axis]! + window.pads[axis + axes]! : 0;
    const reach = addDims(multiplyDims(subtractDims(size, 1), stride), extentOf(window, axis));
    return addDims(reach, (extra[axis] ?? 0) - pads);
  });
  return [{ dtype, shape: [shape[0]!, channels, ...spatial] }];
};

const pool: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape)
    return [
      { dtype, shape: null },
      { dtype: 'int64', shape: null },
    ];
  const window = windowOf(scope, kernelOf(scope, -1, shape.length));
  const spatial = shape.slice(2).map((size, axis) => slide(scope, size, axis, window));
  const pooled = [...shape.slice(0, 2), ...spatial];
  return [
    { dtype, shape: pooled },
    { dtype: 'int64', shape: pooled },
  ];
};

const globalPool: ShapeRule = (scope) => [
  { dtype: scope.dtype(0), shape: scope.shape(0)?.map((dim, axis) => (axis < 2 ? dim : 1)) ?? null },
];

const MaxUnpool: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  const stated = scope.has(2) ? scope.values(2) : null;
  if (!shape || (scope.has(2) && !stated)) return [{ dtype, shape: null }];
  const window = windowOf(scope, kernelOf(scope, -1, shape.length));
  const axes = shape.length - 2;
  const spatial = shape.slice(2).map((size, axis) => {
    const reach = multiplyDims(subtractDims(size, 1), window.strides[axis]!);
    return addDims(addDims(reach, window.kernel[axis]!), -window.pads[axis]! - window.pads[axis + axes]!);
  });
  return [{ dtype, shape: stated ?? [...shape.slice(0, 2), ...spatial] }];
};

/** Resize (opset 10, 11 to 17, 18 and later) and its forerunner Upsample. */
const Resize: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const dtype = scope.dtype(0);
  if (!shape) return [{ dtype, shape: null }];
  const isOld = scope.node.op === 'Upsample' || scope.opset < 11;
  const axes = intsAttribute(scope.node, 'axes', [...shape.keys()]).map((axis) =>
    positiveAxis(scope, axis, shape.length),
  );
  const policy = stringAttribute(scope.node, 'keep_aspect_ratio_policy', 'stretch');
  const result: Dim[] = [...shape];
  const sizes = !isOld && scope.has(3) ? scope.values(3) : null;
  const scales = floatsAttribute(scope.node, 'scales') ?? knownNumbers(scope.values(isOld ? 1 : 2));
  axes.forEach((axis, i) => {
    if (policy !== 'stretch') result[axis] = null;
    else if (sizes) result[axis] = sizes[i] ?? null;
    else result[axis] = scaled(shape[axis]!, scales?.[i] ?? null);
  });
  return [{ dtype, shape: result }];
};

function scaled(size: Dim, scale: number | null): Dim {
  if (scale === null || size === null) return null;
  if (typeof size === 'number') return Math.floor(size * scale);
  if (Number.isInteger(scale)) return multiplyDims(size, scale);
  const inverse = 1 / scale;
  return Number.isInteger(inverse) ? floorDivideDims(size, inverse) : null;
}

const DepthToSpace: ShapeRule = (scope) => {
  const block = intAttribute(scope.node, 'blocksize', 1);
  const [n, c, h, w] = scope.shape(0) ?? [];
  if (h === undefined || w === undefined) return [{ dtype: scope.dtype(0), shape: null }];
  const shape = [n!, divideExactly(c!, block * block), multiplyDims(h, block), multiplyDims(w, block)];
  return [{ dtype: scope.dtype(0), shape }];
};

const SpaceToDepth: ShapeRule = (scope) => {
  const block = intAttribute(scope.node, 'blocksize', 1);
  const [n, c, h, w] = scope.shape(0) ?? [];
  if (h === undefined || w === undefined) return [{ dtype: scope.dtype(0), shape: null }];
  const shape = [n!, multiplyDims(c!, block * block), divideExactly(h, block), divideExactly(w, block)];
  return [{ dtype: scope.dtype(0), shape }];
};

/** X [N,C,spatial…], grid [N,spatial out…,axes]. */
const GridSample: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const grid = scope.shape(1);
  return [
    {
      dtype: scope.dtype(0),
      shape: shape && grid ? [...shape.slice(0, 2), ...grid.slice(1, -1)] : null,
    },
  ];
};

export const convolutionRules: Readonly<Record<string, ShapeRule>> = {
  Conv,
  ConvInteger,
  ConvTranspose,
  AveragePool: pool,
  MaxPool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  MaxUnpool,
  Resize,
  Upsample: Resize,
  DepthToSpace,
  SpaceToDepth,
  GridSample,
};
