/** Midnight, by this computer's time zone, at the beginning of the day of `timeMs`. */
export function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}

/** Midnights of the days that overlap a span of time, and the one after: days have 23 or 25 hours at times. */
export function dayStarts(fromMs: number, toMs: number): number[] {
  const starts = [startOfDay(fromMs)];
  for (let last = startOfDay(fromMs); last < toMs;) {
    const next = new Date(last);
    next.setDate(next.getDate() + 1);
    last = next.getTime();
    starts.push(last);
  }
  return starts;
}
