import { mul, sub } from '../arithmetic.ts';
import { reduction } from '../reduction.ts';

/** softmax(x) along the reduced axes. */
export const ReduceLogSumExp = reduction((s, r) => mul(s, r.dy, s.op('Exp', [sub(s, r.x, r.y)])));
