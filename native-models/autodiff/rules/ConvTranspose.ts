import { sumPerChannel } from '../channels.ts';
import { convolutionAttributes, readConvolution } from '../convolution.ts';
import { weightGradient } from '../convolutionWeight.ts';
import type { GradientRule } from '../rule.ts';

/** The adjoint of a convolution: its input gradient is that convolution, its weight gradient the same with roles swapped. */
export const ConvTranspose: GradientRule = (s) => {
  const [x, weight, dy] = [s.input(0), s.input(1), s.gradient()];
  const adjoint = readConvolution(s, weight, s.output(0), x);
  return [
    s.wants(0) ? s.op('Conv', [dy, weight], convolutionAttributes(adjoint)) : null,
    s.wants(1) ? weightGradient(s, dy, x, adjoint) : null,
    s.hasInput(2) && s.wants(2) ? sumPerChannel(s, dy) : null,
  ].slice(0, s.node.inputs.length);
};
