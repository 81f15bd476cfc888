/** A stretch of time, ms since 1970 UTC; null = no end on that side. */
export interface Span {
  fromMs: number | null;
  toMs: number | null;
}

/** What a period of whole days is just now; a day begins at midnight of this computer's time zone. */
export function spanOf(period: 'today' | 'yesterday' | 'week' | 'all', nowMs: number): Span {
  const now = new Date(nowMs);
  const midnight = (daysBack: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBack).getTime();
  switch (period) {
    case 'today':
      return { fromMs: midnight(0), toMs: null };
    case 'yesterday':
      return { fromMs: midnight(1), toMs: midnight(0) };
    case 'week':
      return { fromMs: midnight(6), toMs: null };
    case 'all':
      return { fromMs: null, toMs: null };
  }
}
