import { sumPerChannel } from '../channels.ts';
import { readConvolution } from '../convolution.ts';
import { inputGradient } from '../convolutionInput.ts';
import { weightGradient } from '../convolutionWeight.ts';
import type { GradientRule } from '../rule.ts';

export const Conv: GradientRule = (s) => {
  const [x, weight, dy] = [s.input(0), s.input(1), s.gradient()];
  const convolution = readConvolution(s, weight, x, s.output(0));
  return [
    s.wants(0) ? inputGradient(s, weight, dy, convolution) : null,
    s.wants(1) ? weightGradient(s, x, dy, convolution) : null,
    s.hasInput(2) && s.wants(2) ? sumPerChannel(s, dy) : null,
  ].slice(0, s.node.inputs.length);
};
