import { range } from '../arithmetic.ts';
import { applyTransposed, type AxisMap } from '../alongAxis.ts';
import type { GradientRule } from '../rule.ts';
import { known, readWindow, type Window } from '../window.ts';

/** Average pooling is a linear map along each axis (the divisor too is a product over the axes). */
export const AveragePool: GradientRule = (s) => {
  const kernel = s.attributeInts('kernel_shape')!;
  const window = readWindow(s, kernel, s.input(0), s.output(0));
  const [inputs, outputs] = [known(s, window.inputs), known(s, window.outputs)];
  const includePad = s.attributeInt('count_include_pad', 0) !== 0;
  let gradient = s.gradient();
  kernel.forEach((_, i) => {
    gradient = applyTransposed(
      s,
      gradient,
      poolingMap(window, i, inputs[i]!, outputs[i]!, includePad),
      i + 2,
    );
  });
  return [gradient];
};

function poolingMap(
  window: Window,
  i: number,
  inputs: number,
  outputs: number,
  includePad: boolean,
): AxisMap {
  const weights = new Float64Array(outputs * inputs);
  const [kernel, stride, dilation] = [window.kernel[i]!, window.strides[i]!, window.dilations[i]!];
  for (let o = 0; o < outputs; o++) {
    const taps = range(0, kernel).map((k) => o * stride - window.padsBegin[i]! + k * dilation);
    const inside = taps.filter((at) => at >= 0 && at < inputs);
    // What a ceil-mode window covers beyond the padding never counts.
    const counted = includePad ? taps.filter((at) => at < inputs + window.padsEnd[i]!).length : inside.length;
    for (const at of inside) weights[o * inputs + at]! += 1 / counted;
  }
  return { outputs, inputs, weights };
}
