import { div, mul } from './arithmetic.ts';
import type { GradientRule } from './rule.ts';
import { unbroadcast } from './unbroadcast.ts';

/** Max and Min of several tensors: inputs that tie share the gradient equally. */
export const extremum: GradientRule = (s) => {
  const y = s.output(0);
  const hits = s.node.inputs.map((x) => s.op('CastLike', [s.op('Equal', [x, y]), y]));
  const count = hits.length === 1 ? hits[0]! : s.op('Sum', hits);
  const share = div(s, s.gradient(), count);
  return s.node.inputs.map((x, i) => (s.wants(i) ? unbroadcast(s, mul(s, share, hits[i]!), x) : null));
};
