import type { Figure } from './figure.ts';
import { benchCharts } from './rollout/charts.ts';
import { benchDrift } from './rollout/drift.ts';
import { benchGates } from './rollout/gates.ts';
import { benchRecord } from './rollout/record.ts';

/** What the statistics of rollout and monitoring promise, by simulation: errors under continuous looking, power, delays. */
export async function benchRollout(root: string): Promise<Figure[]> {
  return [...(await benchGates()), ...(await benchRecord(root)), ...benchCharts(), ...(await benchDrift())];
}
