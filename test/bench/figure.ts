import { systemClock } from '../../electron/platform/clock.ts';
/** One measured figure. `goal` is met when `value` is on its right side. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: '' | '×' | '%' | 's' | 'ms' | 'MB' | 'rows/s' | 'parts/s' | 'parts';
  readonly goal?: { readonly atLeast: number } | { readonly below: number };
  /** E.g. the median beside the worst case. */
  readonly note?: string;
}

/** The figure as a line, and whether its goal (if it has one) is met. */
export function describeFigure({ name, value, unit, goal, note }: Figure): { line: string; met: boolean } {
  const met = !goal || ('atLeast' in goal ? value >= goal.atLeast : value < goal.below);
  const bound = !goal ? '' : 'atLeast' in goal ? `goal ≥ ${goal.atLeast}` : `goal < ${goal.below}`;
  const number = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const mark = !goal ? ' ' : met ? '✓' : '✗';
  const parts = [mark, name.padEnd(58), `${number} ${unit}`.padStart(16), bound, note ?? ''];
  return { line: parts.join('  ').trimEnd(), met };
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - begin;
}
