import { shapeOf, slice } from '../arithmetic.ts';
import type { GradientRule, Scope } from '../rule.ts';

/**
 * The gradient of one factor is the Einsum of the upstream gradient with the other factors; an index that only
 * this factor has was summed over and is spread again.
 */
export const Einsum: GradientRule = (s) => {
  const { inputs, output } = parseEquation(s);
  return inputs.map((own, i) => {
    if (!s.wants(i)) return null;
    const others = inputs.flatMap((indices, k) => (k === i ? [] : [{ indices, name: s.input(k) }]));
    const reachable = new Set([output, ...others.map(({ indices }) => indices)].join(''));
    const kept = [...own].filter((index) => reachable.has(index)).join('');
    const left = [output, ...others.map(({ indices }) => indices)].join(',');
    const reduced = s.op('Einsum', [s.gradient(), ...others.map(({ name }) => name)], {
      equation: `${left}->${kept}`,
    });
    return kept === own ? reduced : spreadOver(s, reduced, s.input(i), own, kept);
  });
};

function spreadOver(s: Scope, reduced: string, value: string, own: string, kept: string): string {
  const shape = shapeOf(s, value);
  const opened = [...own].map((index, axis) =>
    kept.includes(index) ? slice(s, shape, 0, axis, axis + 1) : s.ints([1]),
  );
  return s.op('Expand', [s.op('Reshape', [reduced, s.op('Concat', opened, { axis: 0 })]), shape]);
}

function parseEquation(s: Scope): { inputs: string[]; output: string } {
  const equation = s.attributeString('equation', '').replaceAll(' ', '');
  if (equation.includes('.')) throw s.unsupported('an ellipsis in the equation');
  const [left = '', right] = equation.split('->');
  const inputs = left.split(',');
  if (inputs.some((indices) => new Set(indices).size < indices.length)) {
    throw s.unsupported('an index repeated within one factor');
  }
  return { inputs, output: right ?? implicitOutput(left) };
}

/** Without "->" the output has the indices that occur once, in alphabetical order. */
function implicitOutput(left: string): string {
  const letters = [...left.replaceAll(',', '')];
  return letters
    .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
    .sort()
    .join('');
}
