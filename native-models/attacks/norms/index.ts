import { l2 } from './l2.ts';
import { linf } from './linf.ts';
import type { Norm, NormName } from './norm.ts';

/** Every ball there is, by its name. */
export const norms: Readonly<Record<NormName, Norm>> = { linf, l2 };
