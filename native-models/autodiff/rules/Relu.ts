import { elementwise } from '../elementwise.ts';
import { wherePositive } from '../mask.ts';

/** At 0 the gradient is 0. */
export const Relu = elementwise((s, _x, y, dy) => wherePositive(s, y, dy));
