import { div, scale } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Sqrt = elementwise((s, _x, y, dy) => div(s, scale(s, dy, 0.5), y));
