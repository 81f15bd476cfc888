import type { Random } from '../random.ts';
import { principalComponents } from './components.ts';
import { robustSpread } from './rows.ts';

/** How far a part stands out along the direction in which its class varies most. */
export interface SpectralScore {
  /** Distance from the middle of the class along its first component, in robust standard deviations. */
  readonly deviations: number;
  readonly isOutlier: boolean;
}

/** Beyond so many robust standard deviations a part stands out: 1 in 15,000 of a normal distribution. */
export const spectralLimit = 4;
/** More parts than this beyond the limit are no foreign body, but how the class is (Tran et al. assume ε below ½). */
const mostShare = 0.3;

/**
 * Spectral signatures (Tran, Li & Madry, NeurIPS 2018, algorithm 1): in the centred features of one class, reduced in
 * dimension first, parts with a backdoor stand out along the top singular vector. The paper removes the 1.5·ε highest of
 * a known ε; nobody knows ε here, so the cut is by robust deviations, which planted parts do not move.
 * @param points centred features of one class after dimension reduction, at least three
 */
export function spectralScores(points: readonly Float32Array[], random: Random): SpectralScore[] {
  const along = principalComponents(points, 1, random, 'none').points.map((point) => point[0] ?? 0);
  const { middle, spread } = robustSpread(along);
  const deviations = along.map((value) => (spread > 0 ? Math.abs(value - middle) / spread : 0));
  const beyond = deviations.filter((value) => value > spectralLimit).length;
  const isForeign = beyond <= mostShare * points.length;
  return deviations.map((value) => ({ deviations: value, isOutlier: isForeign && value > spectralLimit }));
}
