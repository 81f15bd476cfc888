import type { Scope } from './rule.ts';

/** Geometry of a sliding window (convolution or pooling) along each spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  /** Spatial sizes, `null` where they are not known when the graph is made. */
  readonly inputs: readonly (number | null)[];
  readonly outputs: readonly (number | null)[];
}

/** Reads kernel, strides, dilations and padding (explicit or auto_pad) of a node from `input` to `output`. */
export function readWindow(s: Scope, kernel: readonly number[], input: string, output: string): Window {
  const ones = kernel.map(() => 1);
  const strides = s.attributeInts('strides') ?? ones;
  const dilations = s.attributeInts('dilations') ?? ones;
  const inputs = spatialSizes(s, input);
  const outputs = spatialSizes(s, output);
  const explicit = s.attributeInts('pads') ?? kernel.map(() => [0, 0]).flat();
  const auto = s.attributeString('auto_pad', 'NOTSET');
  const base = { kernel, strides, dilations, inputs, outputs };
  if (auto === 'VALID') return { ...base, padsBegin: kernel.map(() => 0), padsEnd: kernel.map(() => 0) };
  if (auto === 'NOTSET') {
    return { ...base, padsBegin: explicit.slice(0, kernel.length), padsEnd: explicit.slice(kernel.length) };
  }
  const totals = kernel.map((size, i) => {
    const [from, to] = [inputs[i], outputs[i]];
    if (from === null || to === null) throw s.unsupported('auto_pad with unknown sizes');
    return Math.max(0, (to! - 1) * strides[i]! + (size - 1) * dilations[i]! + 1 - from!);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, i) => total - small[i]!);
  const upper = auto === 'SAME_UPPER';
  return { ...base, padsBegin: upper ? small : large, padsEnd: upper ? large : small };
}

/** Spatial sizes of [N,C,…]. */
export function spatialSizes(s: Scope, value: string): (number | null)[] {
  const shape = s.shape(value);
  if (!shape) throw s.unsupported(`the shape of ${value} is not known`);
  return shape.slice(2).map((size) => (typeof size === 'number' ? size : null));
}

/** Sizes that must be known. */
export function known(s: Scope, sizes: readonly (number | null)[]): readonly number[] {
  return sizes.map((size) => {
    if (size === null) throw s.unsupported('height and width must be known when the gradient graph is made');
    return size;
  });
}
