/**
 * Evaluation of nodes whose inputs are known in part: shape arithmetic with symbols, and constants. Floats are
 * computed in float64 and rounded once, which for the operators here gives what float32 arithmetic gives.
 */
import { arithmeticValues } from './arithmeticValues.ts';
import { movementValues } from './movementValues.ts';
import type { ValueRule } from './valueScope.ts';

export const valueRules: Readonly<Record<string, ValueRule>> = { ...movementValues, ...arithmeticValues };
