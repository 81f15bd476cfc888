import { mul, scalar, sub } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Sigmoid = elementwise((s, _x, y, dy) => mul(s, dy, mul(s, y, sub(s, scalar(s, y, 1), y))));
