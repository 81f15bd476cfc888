import type { Node, ValueInfo } from '../onnx/ir.ts';
import type { Question } from './rule.ts';

/** A question of a rule, with everything the running time of its answers depends on. */
export interface PosedQuestion extends Question {
  /** The forward node. */
  readonly node: Node;
  readonly opset: number;
  /** Its inputs; `null` where one is omitted. */
  readonly inputs: readonly (PosedInput | null)[];
}

/** Type and shape of an input of a node, as far as they are known. */
export interface PosedInput extends ValueInfo {
  /** An initializer that does not train: a runtime may lay it out in advance. */
  readonly isConstant: boolean;
}

/** Answers which formulation of a gradient to write; see `Scope.choose`. */
export interface Formulations {
  choose(question: PosedQuestion): string;
}

/** The choice that is usually right, without a measurement. */
export const usualFormulations: Formulations = { choose: (question) => question.usual };

/** What makes two questions the same: kind, attributes and shapes, not names. */
export function questionKey({ kind, node, inputs }: PosedQuestion): string {
  const attributes = [...node.attributes]
    .map(
      ([name, { type, value }]) => `${name}=${type === 'opaque' || type === 'tensor' ? type : String(value)}`,
    )
    .sort();
  const shapes = inputs.map((input) => {
    if (input === null) return '-';
    return `${input.isConstant ? 'constant ' : ''}${input.dtype}[${input.shape?.join(',') ?? '?'}]`;
  });
  return [kind, ...attributes, ...shapes].join(' ');
}
