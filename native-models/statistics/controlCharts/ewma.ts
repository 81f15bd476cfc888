import { emptyPoint, pooledRate, standardError, type Chart, type Subgroup } from './subgroups.ts';

export interface EwmaOptions {
  readonly centre?: number;
  /** Weight of the newest subgroup; default .2. */
  readonly lambda?: number;
  /** Standard errors between centre and limit; the default 2.86 gives a run length of about 370 with λ = .2. */
  readonly reach?: number;
}

const usualLambda = 0.2;
const usualReach = 2.86;

/**
 * Exponentially weighted moving average of shares (Roberts, Technometrics 1959) with exact limits: the variance of the
 * average is carried along, λ² p̄(1 − p̄)/n_i + (1 − λ)² times the one before, rather than taken at its end value (Lucas
 * & Saccucci, Technometrics 1990). Only rule 1, beyond a limit, has a meaning here, since its points hang together.
 * @returns null without a part; `value` is the average
 */
export function ewmaChart(subgroups: readonly Subgroup[], options: EwmaOptions = {}): Chart | null {
  const centre = options.centre ?? pooledRate(subgroups);
  if (centre === null) return null;
  const readings = subgroups.map(({ count, of }) =>
    of === 0 ? null : { value: count / of, sigma: standardError(centre, of) },
  );
  return ewmaOf(readings, { ...options, centre });
}

/** The same of any values with their standard errors; null is passed over. */
export function ewmaOf(
  readings: readonly ({ readonly value: number; readonly sigma: number } | null)[],
  { centre, lambda = usualLambda, reach = usualReach }: EwmaOptions & { readonly centre: number },
): Chart {
  let average = centre;
  let variance = 0;
  const points = readings.map((reading) => {
    if (reading === null) return emptyPoint;
    average += lambda * (reading.value - average);
    variance = (lambda * reading.sigma) ** 2 + (1 - lambda) ** 2 * variance;
    const half = reach * Math.sqrt(variance);
    const isOut = Math.abs(average - centre) > half;
    return { value: average, lower: centre - half, upper: centre + half, rules: isOut ? [1 as const] : [] };
  });
  return { centre, points };
}
