import type { Span } from '../store/spans.ts';
import { startOfDay } from './days.ts';

/**
 * Beginnings of the shifts that overlap a span of time, and of the one after, by this computer's time zone.
 * @param times of day, `HH:MM`, ascending, at least one
 */
export function shiftStarts({ fromMs, toMs }: Span, times: readonly string[]): number[] {
  const starts: number[] = [];
  let last = -Infinity;
  // From the day before: its last shift may reach into the first morning.
  for (let day = dayBefore(fromMs); ; day = dayAfter(day)) {
    for (const time of times) {
      const start = at(day, time);
      // In the night when clocks are put forward, times of day may fall together.
      if (start <= last) continue;
      last = start;
      if (start <= fromMs) starts.length = 0;
      starts.push(start);
      if (start >= toMs && starts.length > 1) return starts;
    }
  }
}

function at(dayMs: number, time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return new Date(dayMs).setHours(hours, minutes, 0, 0);
}

function dayBefore(timeMs: number): number {
  const day = new Date(startOfDay(timeMs));
  return day.setDate(day.getDate() - 1);
}

function dayAfter(dayMs: number): number {
  const day = new Date(dayMs);
  return day.setDate(day.getDate() + 1);
}
