import type { Question } from './rule.ts';

/** Answers which formulation of a gradient to write; see `Scope.choose`. */
export interface Formulations {
  choose(question: Question): string;
}

/** The choice that is usually right, without a measurement. */
export const usualFormulations: Formulations = { choose: (question) => question.usual };
