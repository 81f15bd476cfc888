import { div } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Log = elementwise((s, x, _y, dy) => div(s, dy, x));
