import { mul, normalAxis, range, scalar, shapeOf, unsqueeze } from './arithmetic.ts';
import type { GradientRule, Scope } from './rule.ts';

/** A reduction seen from its gradient: upstream and result with the reduced axes kept as size 1. */
export interface Reduction {
  readonly x: string;
  /** Upstream gradient, broadcastable to x. */
  readonly dy: string;
  /** Result, broadcastable to x. */
  readonly y: string;
  readonly axes: readonly number[];
}

/**
 * Rule of a reduction.
 * @param derive writes the gradient; it may still be broadcastable to x, the engine of this rule expands it.
 */
export function reduction(derive: (s: Scope, r: Reduction) => string): GradientRule {
  return (s) => {
    const rest = s.node.inputs.slice(1).map(() => null);
    if (!s.wants(0)) return [null, ...rest];
    const x = s.input(0);
    const axes = reducedAxes(s);
    if (axes.length === 0) return [derive(s, { x, dy: s.gradient(), y: s.output(0), axes }), ...rest];
    const kept = s.attributeInt('keepdims', 1) !== 0;
    const open = (value: string) => (kept ? value : unsqueeze(s, value, axes));
    return [derive(s, { x, dy: open(s.gradient()), y: open(s.output(0)), axes }), ...rest];
  };
}

/** Spreads a gradient with kept axes over the shape of x. */
export const spread = (s: Scope, gradient: string, x: string) => s.op('Expand', [gradient, shapeOf(s, x)]);

/** Number of elements that were reduced into one, as a scalar of the type of x. */
export function reducedCount(s: Scope, r: Reduction): string {
  const shape = s.shape(r.x);
  const sizes = r.axes.map((axis) => shape?.[axis]);
  if (sizes.every((size) => typeof size === 'number')) {
    return scalar(
      s,
      r.x,
      sizes.reduce((product, size) => product * size, 1),
    );
  }
  const count = s.op('Div', [s.op('Size', [r.x]), s.op('Size', [r.y])]);
  return s.op('CastLike', [count, r.x]);
}

/** 1 where x equals its reduced extremum, shared equally among ties. */
export function tieShare(s: Scope, r: Reduction): string {
  const hit = s.op('CastLike', [s.op('Equal', [r.x, r.y]), r.x]);
  const count = s.op('ReduceSum', [hit, s.ints(r.axes)], { keepdims: 1 });
  return mul(s, hit, s.op('Reciprocal', [count]));
}

/** Axes from the attribute (older operator sets) or the second input; none given means all of them. */
function reducedAxes(s: Scope): readonly number[] {
  const rank = s.rank(s.input(0));
  const given = s.attributeInts('axes') ?? (s.hasInput(1) ? s.constantInts(1) : []);
  if (given.length > 0) return given.map((axis) => normalAxis(axis, rank)).sort((a, b) => a - b);
  return s.attributeInt('noop_with_empty_axes', 0) !== 0 ? [] : range(0, rank);
}
