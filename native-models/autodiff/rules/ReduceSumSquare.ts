import { mul, scale } from '../arithmetic.ts';
import { reduction } from '../reduction.ts';

export const ReduceSumSquare = reduction((s, r) => mul(s, scale(s, r.dy, 2), r.x));
