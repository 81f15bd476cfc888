import { mul } from '../arithmetic.ts';
import { reduction } from '../reduction.ts';

export const ReduceL1 = reduction((s, r) => mul(s, r.dy, s.op('Sign', [r.x])));
