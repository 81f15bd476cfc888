import { div } from '../arithmetic.ts';
import { reducedCount, reduction, spread } from '../reduction.ts';

export const ReduceMean = reduction((s, r) => spread(s, div(s, r.dy, reducedCount(s, r)), r.x));
