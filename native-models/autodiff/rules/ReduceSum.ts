import { reduction, spread } from '../reduction.ts';

export const ReduceSum = reduction((s, r) => spread(s, r.dy, r.x));
