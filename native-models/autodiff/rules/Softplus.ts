import { mul } from '../arithmetic.ts';
import { elementwise } from '../elementwise.ts';

export const Softplus = elementwise((s, x, _y, dy) => mul(s, dy, s.op('Sigmoid', [x])));
