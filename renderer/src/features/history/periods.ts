export const periods = ['all', 'hour', 'today', 'week', 'own'] as const;
export type Period = (typeof periods)[number];

const hourMs = 3_600_000;

/** Where a period begins, ms since 1970 UTC; a day begins at midnight of this computer's time zone. */
export function periodStart(period: Exclude<Period, 'own'>, nowMs: number): number | null {
  if (period === 'all') return null;
  if (period === 'hour') return nowMs - hourMs;
  const midnight = new Date(nowMs).setHours(0, 0, 0, 0);
  return period === 'today' ? midnight : midnight - 6 * 24 * hourMs;
}
