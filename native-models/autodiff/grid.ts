import { range, reshape, transpose } from './arithmetic.ts';
import type { Scope } from './rule.ts';
import { known, type Window } from './window.ts';

/** How far a kernel of this size reaches beyond its first tap along axis `i`. */
export const reach = (w: Window, i: number) => (w.kernel[i]! - 1) * w.dilations[i]!;

/** Every tap of the kernel, last axis fastest. */
export function offsets(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((head) => range(0, size).map((tap) => [...head, tap])),
    [[]],
  );
}

/**
 * A padded input of a strided window seen as `strides` interleaved planes, one for each phase: position
 * p = phase + stride · q. What tap k of the window at output o sees, p = o·stride + k·dilation, lies in plane
 * (k·dilation) mod stride at q = o + ⌊k·dilation / stride⌋: within a plane every tap is a plain shift.
 */
export interface Grid {
  /** Sizes of one plane: of all planes together, the padded input and everything the windows see. */
  readonly sizes: readonly number[];
  /** Zeros behind the input that fill the planes; in front of it are those of the window. */
  readonly after: readonly number[];
}

/** Where a tap looks: number of its plane (last axis fastest) and shift along each axis. */
export interface Tap {
  readonly phase: number;
  readonly shift: readonly number[];
}

export function gridOf(s: Scope, w: Window): Grid {
  const [inputs, outputs] = [known(s, w.inputs), known(s, w.outputs)];
  const sizes = w.strides.map((stride, i) =>
    Math.max(
      Math.ceil((inputs[i]! + w.padsBegin[i]!) / stride),
      outputs[i]! + Math.floor(reach(w, i) / stride),
    ),
  );
  const after = sizes.map((size, i) => size * w.strides[i]! - inputs[i]! - w.padsBegin[i]!);
  return { sizes, after };
}

export function tapsOf(w: Window): Tap[] {
  return offsets(w.kernel).map((offset) => {
    const at = offset.map((tap, i) => tap * w.dilations[i]!);
    return {
      phase: at.reduce((phase, position, i) => phase * w.strides[i]! + (position % w.strides[i]!), 0),
      shift: at.map((position, i) => Math.floor(position / w.strides[i]!)),
    };
  });
}

export const phaseCount = (w: Window) => w.strides.reduce((product, stride) => product * stride, 1);

/**
 * Planes [N, C·phases, …sizes] (the phases of a channel side by side) → [N, C, …] with the phases of each axis taking
 * turns, and of that the first `kept` of each.
 */
export function interleave(
  s: Scope,
  planes: string,
  channels: number,
  strides: readonly number[],
  sizes: readonly number[],
  kept: readonly number[],
): string {
  const whole = sizes.map((size, i) => size * strides[i]!);
  const closed = reshape(s, woven(s, planes, channels, strides, sizes), [-1, channels, ...whole]);
  if (kept.every((size, i) => size === whole[i])) return closed;
  const axes = kept.map((_, i) => i + 2);
  return s.op('Slice', [closed, s.ints(axes.map(() => 0)), s.ints(kept), s.ints(axes)]);
}

/**
 * In two moves: whole rows to their place, then the elements within them. onnxruntime has a quick way for each, and a
 * slow one for both at once.
 */
function woven(
  s: Scope,
  planes: string,
  channels: number,
  strides: readonly number[],
  sizes: readonly number[],
): string {
  const last = sizes.length - 1;
  const open = reshape(s, planes, [-1, channels, ...strides, ...sizes]);
  const outer = range(0, last).flatMap((i) => [3 + last + i, 2 + i]);
  const rows = transpose(s, open, [0, 1, ...outer, 2 + last, 3 + 2 * last]);
  const [stride, size] = [strides[last]!, sizes[last]!];
  return stride === 1 ? rows : transpose(s, reshape(s, rows, [-1, stride, size]), [0, 2, 1]);
}
