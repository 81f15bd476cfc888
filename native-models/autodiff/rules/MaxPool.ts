import { reshape, reshapeLike, scalar } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

/** Each gradient goes to the position the forward pass took its maximum from (the first of equals). */
export const MaxPool: GradientRule = (s) => {
  if (s.attributeInt('storage_order', 0) !== 0) throw s.unsupported('storage_order = 1');
  const x = s.input(0);
  const size = s.op('Reshape', [s.op('Size', [x]), s.ints([1])]);
  const zeros = s.op('Expand', [scalar(s, x, 0), size]);
  const indices = reshape(s, s.output(1), [-1]);
  const scattered = s.op('ScatterElements', [zeros, indices, reshape(s, s.gradient(), [-1])], {
    axis: 0,
    reduction: 'add',
  });
  return [reshapeLike(s, scattered, x)];
};
