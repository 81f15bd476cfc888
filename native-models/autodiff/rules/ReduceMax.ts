import { mul } from '../arithmetic.ts';
import { reduction, tieShare } from '../reduction.ts';

/** Elements that tie share the gradient equally. */
export const ReduceMax = reduction((s, r) => mul(s, r.dy, tieShare(s, r)));
