/**
 * Evaluation of nodes whose inputs are known in part: shape arithmetic with symbols, and constants. Floats are
 * computed in float64 and rounded once, which for the operators here gives what float32 arithmetic gives.
 */
import { arithmeticValues } from './arithmeticValues.ts';
import { movementValues } from './movementValues.ts';
import type { ValueRule } from './valueScope.ts';

/** By operator. A map: an operator of a file may be called like something that every object has. */
export const valueRules: ReadonlyMap<string, ValueRule> = new Map(
  Object.entries({ ...movementValues, ...arithmeticValues }),
);
