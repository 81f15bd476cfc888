import { normalAxis, slice } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';

/** Each input gets its stretch of the gradient. */
export const Concat: GradientRule = (s) => {
  const axis = normalAxis(s.attributeInt('axis', 0), s.rank(s.output(0)));
  const sizes = s.node.inputs.map((x) => s.shape(x)?.[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return splitAtRunTime(s, axis);
  let end = 0;
  return sizes.map((size, i) => {
    const start = end;
    end += size;
    return s.wants(i) ? slice(s, s.gradient(), axis, start, end) : null;
  });
};

function splitAtRunTime(s: Scope, axis: number): (string | null)[] {
  const sizes = s.node.inputs.map((x) => slice(s, s.op('Shape', [x]), 0, axis, axis + 1));
  const all = s.op('Concat', sizes, { axis: 0 });
  const parts = s.ops('Split', [s.gradient(), all], sizes.length, { axis: axis });
  return parts.map((part, i) => (s.wants(i) ? part : null));
}
