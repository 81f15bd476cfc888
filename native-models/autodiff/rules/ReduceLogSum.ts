import { div } from '../arithmetic.ts';
import { reduction, spread } from '../reduction.ts';

/** dy/Σx, with Σx = e^y. */
export const ReduceLogSum = reduction((s, r) => spread(s, div(s, r.dy, s.op('Exp', [r.y])), r.x));
