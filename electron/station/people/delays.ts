import type { Failures } from '../../store/signInFailures.ts';

interface Delay {
  /** So many wrong answers cost no time. */
  readonly free: number;
  /** The first wait; it doubles with each further wrong answer. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Of one person, or of the recovery code. */
export const ownDelay: Delay = { free: 3, firstMs: 5_000, longestMs: 15 * 60_000 };

/** Of all together, against trying one guess on everybody; short, so that nobody can lock the others out for long. */
export const overallDelay: Delay = { free: 12, firstMs: 2_000, longestMs: 60_000 };

/** Wrong answers before that do not count in the overall delay. */
export const overallMs = 24 * 3_600_000;

/** How long until the next answer is looked at, in milliseconds of wall time. */
export function waitMs({ count, lastMs }: Failures, nowMs: number, delay: Delay): number {
  if (count < delay.free) return 0;
  const whole = Math.min(delay.longestMs, delay.firstMs * 2 ** Math.min(40, count - delay.free));
  return Math.max(0, lastMs + whole - nowMs);
}
