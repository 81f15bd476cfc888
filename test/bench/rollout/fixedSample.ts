import { total, type PhaseCounts } from '../../../electron/rollout/counts.ts';
import { normalQuantile } from '../../../native-models/statistics/normal.ts';
import type { VerdictChances } from './demoRates.ts';
import { simulatedRollout } from './simulate.ts';

/** What a sequential test is held against: one that may be looked at once only. */

const powerWanted = normalQuantile(0.8);

/** Whether a one-sided test of fixed size at level alpha would say that the candidate has fewer false alarms. */
export function naiveSaysFewer({ cells, current, candidate }: PhaseCounts, alpha: number): boolean {
  return (cells.length > 0 ? signScore(cells) : sharesScore(current, candidate)) > normalQuantile(1 - alpha);
}

/** Of the sign test on parts of which one model alone says NG. */
function signScore(cells: PhaseCounts['cells']): number {
  const count = (is: (cell: PhaseCounts['cells'][number]) => boolean) =>
    cells.reduce((sum, cell) => sum + (cell.human === 'ok' && is(cell) ? cell.parts : 0), 0);
  const fewer = count(({ decided, shadow }) => decided === 'NG' && shadow !== 'NG');
  const more = count(({ decided, shadow }) => decided !== 'NG' && shadow === 'NG');
  return fewer + more === 0 ? 0 : (fewer - more) / Math.sqrt(fewer + more);
}

/** Of two shares with a common one under the hypothesis. */
function sharesScore(current: PhaseCounts['current'], candidate: PhaseCounts['candidate']): number {
  const sums = (figure: 'falseAlarms' | 'parts') =>
    [current, candidate].map((periods) => total(periods, (period) => period[figure])) as [number, number];
  const [hits, of] = [sums('falseAlarms'), sums('parts')];
  if (of[0] === 0 || of[1] === 0) return 0;
  const common = (hits[0] + hits[1]) / (of[0] + of[1]);
  const variance = common * (1 - common) * (1 / of[0] + 1 / of[1]);
  return variance === 0 ? 0 : (hits[0] / of[0] - hits[1] / of[1]) / Math.sqrt(variance);
}

/**
 * Parts of the candidate for four chances in five of showing fewer false alarms, by normal approximation: of the sign
 * test, or of two shares (Fleiss, Statistical Methods, chapter 4) at the plan's last share.
 */
export function partsForPower(
  phase: 'verification' | 'limited',
  current: VerdictChances,
  candidate: VerdictChances,
  defectRate: number,
  alpha: number,
): number {
  const level = normalQuantile(1 - alpha);
  const [p, q] = [current, candidate].map(({ good }) => (1 - defectRate) * good.NG) as [number, number];
  if (phase === 'limited') {
    const share = simulatedRollout(phase).plan.shares.at(-1)!;
    const variance = q * (1 - q) + (p * (1 - p) * share) / (1 - share);
    return Math.ceil(((level + powerWanted) ** 2 * variance) / (p - q) ** 2);
  }
  const good = 1 - defectRate;
  const fewer = good * current.good.NG * (1 - candidate.good.NG);
  const more = good * candidate.good.NG * (1 - current.good.NG);
  const half = fewer / (fewer + more);
  const disagreements = ((level * 0.5 + powerWanted * Math.sqrt(half * (1 - half))) / (half - 0.5)) ** 2;
  return Math.ceil(disagreements / (fewer + more));
}
