/**
 * Local midnights of this computer's time zone: the starts of the days that overlap `fromMs` ≤ t < `toMs`, and
 * the start of the day after. A day may have 23 or 25 hours.
 */
export function localDays(fromMs: number, toMs: number): number[] {
  const day = new Date(fromMs);
  day.setHours(0, 0, 0, 0);
  const starts = [day.getTime()];
  while (day.getTime() < toMs) {
    day.setDate(day.getDate() + 1);
    // Where the clocks change at midnight, the day begins at one o'clock.
    day.setHours(0, 0, 0, 0);
    starts.push(day.getTime());
  }
  return starts;
}
