import type { GradientRule, Scope } from './rule.ts';

/**
 * Rule of an operator that works on each element alone.
 * @param derive given x, y = f(x) and dy, writes dy · f′(x).
 */
export function elementwise(derive: (s: Scope, x: string, y: string, dy: string) => string): GradientRule {
  return (s) => [
    s.wants(0) ? derive(s, s.input(0), s.output(0), s.gradient()) : null,
    ...s.node.inputs.slice(1).map(() => null),
  ];
}
