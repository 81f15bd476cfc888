import { range, reshape, slice, transpose } from './arithmetic.ts';
import type { Convolution, ConvolutionFormulation } from './convolution.ts';
import { reach } from './grid.ts';
import type { Scope } from './rule.ts';
import { pad } from './scatter.ts';
import { known } from './window.ts';

/** Rows of dy in one product, about: more of them, more pairs that nobody needs; fewer, more products. */
const rowsAtOnce = 16;

/** Whether `rows` can write the gradient: in two dimensions, where neighbours in a row stay neighbours. */
export const rowsApply = (c: Convolution) =>
  c.kernel.length === 2 && c.strides[1] === 1 && [...c.inputs, ...c.outputs].every((size) => size !== null);

/**
 * Weight gradient of a depthwise convolution: for each channel, rows of dy times rows of the shifted input, over the
 * whole batch in one product; the pairs of rows that a tap of the kernel joins are then added up. More arithmetic than
 * is needed, but as matrix products, which run many times faster than sums of products by other operators.
 */
export const rows: ConvolutionFormulation = (s, x, dy, c) => {
  const [height, width] = known(s, c.outputs) as [number, number];
  const [tall, wide] = c.kernel as [number, number];
  const [stride] = c.strides as [number, number];
  const [, dilation] = c.dilations as [number, number];
  // [C, h, N, w]: a stretch of rows of one channel, for all images, lies in one piece.
  const area = transpose(s, pad(s, x, around(c.padsBegin), around(c.padsEnd)), [1, 2, 0, 3]);
  const gradients = transpose(s, dy, [1, 2, 0, 3]);
  const sums = stretches(height).map(({ start, end }) => {
    const [first, last] = [start * stride, (end - 1) * stride + reach(c, 0) + 1];
    const own = flattened(s, slice(s, gradients, 1, start, end), c.groups, end - start);
    const pairs = range(0, wide).map((tap) => {
      const seen = cut(s, area, [first, last], [tap * dilation, tap * dilation + width]);
      return s.op('MatMul', [own, transpose(s, flattened(s, seen, c.groups, last - first), [0, 2, 1])]);
    });
    const all = pairs.length > 1 ? s.op('Concat', pairs, { axis: 0 }) : pairs[0]!;
    const count = (end - start) * (last - first);
    const joined = s.floats(dy, [count, tall], joinedRows(c, end - start, last - first));
    return s.op('MatMul', [reshape(s, all, [wide * c.groups, count]), joined]);
  });
  const total = sums.length > 1 ? s.op('Sum', sums) : sums[0]!;
  const taps = transpose(s, reshape(s, total, [wide, c.groups, tall]), [1, 2, 0]);
  return reshape(s, taps, [c.groups, 1, tall, wide]);
};

const around = (amounts: readonly number[]) => [0, 0, ...amounts];

/** 0 … height in stretches of about the same length. */
function stretches(height: number): { start: number; end: number }[] {
  const length = Math.ceil(height / Math.ceil(height / rowsAtOnce));
  return range(0, Math.ceil(height / length)).map((i) => ({
    start: i * length,
    end: Math.min(height, (i + 1) * length),
  }));
}

/** Rows and columns of [C, h, N, w]. */
function cut(s: Scope, area: string, [top, bottom]: readonly number[], [left, right]: readonly number[]) {
  return s.op('Slice', [area, s.ints([top!, left!]), s.ints([bottom!, right!]), s.ints([1, 3])]);
}

/** [C, h, N, w] → [C, h, N · w]. */
const flattened = (s: Scope, value: string, channels: number, height: number) =>
  reshape(s, value, [channels, height, -1]);

/** [height · seen, taps]: 1 where a tap of the kernel's column, at a row of the output, sees a row of the input. */
function joinedRows(c: Convolution, height: number, seen: number): number[] {
  const [[tall], [stride], [dilation]] = [c.kernel, c.strides, c.dilations];
  return range(0, height).flatMap((row) =>
    range(0, seen).flatMap((at) =>
      range(0, tall!).map((tap) => (at === row * stride! + tap * dilation! ? 1 : 0)),
    ),
  );
}
