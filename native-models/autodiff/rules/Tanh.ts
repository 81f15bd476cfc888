import { mul, scalar, sub } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Tanh = elementwise((s, _x, y, dy) => mul(s, dy, sub(s, scalar(s, y, 1), mul(s, y, y))));
