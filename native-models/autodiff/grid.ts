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

/** Planes [N, C·phases, …sizes] (the phases of a channel side by side) → the input [N,C,…], its padding cut off. */
export function interleave(s: Scope, planes: string, channels: number, w: Window, grid: Grid): string {
  const axes = w.kernel.map((_, i) => i);
  const rank = axes.length;
  const whole = grid.sizes.map((size, i) => size * w.strides[i]!);
  const open = reshape(s, planes, [-1, channels, ...w.strides, ...grid.sizes]);
  const woven = transpose(s, open, [0, 1, ...axes.flatMap((i) => [2 + rank + i, 2 + i])]);
  const closed = reshape(s, woven, [-1, channels, ...whole]);
  if (axes.every((i) => w.padsBegin[i] === 0 && w.inputs[i] === whole[i])) return closed;
  const ends = axes.map((i) => w.padsBegin[i]! + w.inputs[i]!);
  return s.op('Slice', [closed, s.ints(w.padsBegin), s.ints(ends), s.ints(axes.map((i) => i + 2))]);
}
