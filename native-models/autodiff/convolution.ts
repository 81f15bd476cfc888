import type { Scope } from './rule.ts';
import { readWindow, type Window } from './window.ts';

/** A convolution x [N,C,…] → y [N,O,…] with weight [O, C/groups, …kernel]. */
export interface Convolution extends Window {
  readonly groups: number;
  readonly outChannels: number;
  /** C / groups. */
  readonly inChannelsPerGroup: number;
}

/** Reads a Conv from `x` to `y` (of a ConvTranspose: from its output to its input). The weight's shape must be known. */
export function readConvolution(s: Scope, weight: string, x: string, y: string): Convolution {
  const shape = s.staticShape(weight);
  if (!shape) throw s.unsupported(`the shape of the weight ${weight} is not known`);
  const groups = s.attributeInt('group', 1);
  const window = readWindow(s, shape.slice(2), x, y);
  return { ...window, groups, outChannels: shape[0]!, inChannelsPerGroup: shape[1]! };
}

export function convolutionAttributes(c: Convolution) {
  return {
    kernel_shape: c.kernel,
    strides: c.strides,
    dilations: c.dilations,
    pads: [...c.padsBegin, ...c.padsEnd],
    group: c.groups,
  };
}

/** A way to write a gradient of a convolution: of the weight from x and dy, or of x from the weight and dy. */
export type ConvolutionFormulation = (s: Scope, other: string, dy: string, c: Convolution) => string;

/** Writes the formulation chosen among those that apply. */
export function writeChosen(
  s: Scope,
  of: { readonly kind: string; readonly input: number; readonly usual: string },
  ways: ReadonlyMap<string, ConvolutionFormulation>,
  other: string,
  dy: string,
  c: Convolution,
): string {
  const choice = s.choose({ ...of, candidates: [...ways.keys()] });
  return ways.get(choice)!(s, other, dy, c);
}
