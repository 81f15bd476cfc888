import { offsets, reach } from '../grid.ts';
import { reshape, reshapeLike, scalar } from '../arithmetic.ts';
import { throughWindows } from '../poolWindows.ts';
import type { GradientRule, Scope } from '../rule.ts';
import { readWindow, type Window } from '../window.ts';

/** Taps beyond which comparing window by window is not offered: its graph would be longer than it is worth. */
const mostTaps = 64;

/**
 * Each gradient goes to the position of the maximum, the first in row-major order among equals (PyTorch's rule).
 * Either by the forward pass's `Indices`, or by comparing what each tap of the window sees with the maximum, which
 * works where a provider has no `Indices` (WebGPU).
 */
export const MaxPool: GradientRule = (s) => {
  if (s.attributeInt('storage_order', 0) !== 0) throw s.unsupported('storage_order = 1');
  const window = readWindow(s, s.attributeInts('kernel_shape')!, s.input(0), s.output(0));
  const few = offsets(window.kernel).length <= mostTaps;
  const candidates =
    few && hasPlainSizes(window, s.attributeInt('ceil_mode', 0) !== 0) ? ['windows', 'indices'] : ['indices'];
  const choice = s.choose({ kind: 'MaxPool', input: 0, candidates, usual: candidates[0]! });
  return [choice === 'windows' ? throughWindows(s, window) : throughIndices(s)];
};

/**
 * Whether the output has the size of the formula alone. In ceil mode a last window that would start in the padding
 * is dropped, which the shape inference of ONNX leaves out: comparing with such an output is refused when loading.
 */
function hasPlainSizes(w: Window, ceil: boolean): boolean {
  return w.kernel.every((_, i) => {
    const [input, output, stride] = [w.inputs[i]!, w.outputs[i]!, w.strides[i]!];
    if (input === null || output === null) return false;
    const room = input + w.padsBegin[i]! + w.padsEnd[i]! - reach(w, i) - 1;
    return output === (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  });
}

function throughIndices(s: Scope): string {
  const x = s.input(0);
  const size = s.op('Reshape', [s.op('Size', [x]), s.ints([1])]);
  const zeros = s.op('Expand', [scalar(s, x, 0), size]);
  const indices = reshape(s, s.output(1), [-1]);
  const scattered = s.op('ScatterElements', [zeros, indices, reshape(s, s.gradient(), [-1])], {
    axis: 0,
    reduction: 'add',
  });
  return reshapeLike(s, scattered, x);
}
