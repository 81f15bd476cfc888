import { dayStarts } from '../days.ts';

const dayMs = 86_400_000;

/** Every moment at one of these times of day, by this computer's time zone, with after < moment ≤ until; ascending. */
export function dueTimes(afterMs: number, untilMs: number, times: readonly string[]): number[] {
  const moments = dayStarts(afterMs, untilMs + 1).flatMap((start) =>
    times.map((time) => {
      const [hours, minutes] = time.split(':').map(Number) as [number, number];
      // Not so many milliseconds after midnight: a day may have 23 or 25 hours.
      return new Date(start).setHours(hours, minutes, 0, 0);
    }),
  );
  return [...new Set(moments)].filter((ms) => ms > afterMs && ms <= untilMs).sort((a, b) => a - b);
}

/** The last of these moments at or before one, and the one after it. */
export function dueAround(nowMs: number, times: readonly string[]): { last: number; next: number } {
  return {
    last: dueTimes(nowMs - 2 * dayMs, nowMs, times).at(-1)!,
    next: dueTimes(nowMs, nowMs + 2 * dayMs, times)[0]!,
  };
}
