import type { Figure } from './figure.ts';
import { benchCharts } from './rollout/charts.ts';
import { benchDrift } from './rollout/drift.ts';
import { benchTests } from './rollout/tests.ts';

/** What the statistics of rollout and monitoring promise, by simulation: errors under continuous looking, power, delays. */
export async function benchRollout(): Promise<Figure[]> {
  return [...benchTests(), ...benchCharts(), ...(await benchDrift())];
}
