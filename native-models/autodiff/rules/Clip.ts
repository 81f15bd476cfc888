import { mul } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';
import { whereInside } from '../mask.ts';
import type { Scope } from '../rule.ts';

/**
 * Passes where the value was not changed, the bounds themselves included, as PyTorch's clamp; the bounds get no
 * gradient. A clip to [0, 6] is how exporters write ReLU6: there, as in PyTorch and TensorFlow, nothing passes at the
 * bounds, and its input need not be kept beside its output.
 */
export const Clip = elementwise((s, x, y, dy) =>
  bound(s, 1) === 0 && bound(s, 2) === 6
    ? whereInside(s, y, 6, dy)
    : mul(s, dy, s.op('CastLike', [s.op('Equal', [x, y]), dy])),
);

const bound = (s: Scope, i: number) => (s.hasInput(i) ? s.constant(s.input(i))?.values[0] : undefined);
