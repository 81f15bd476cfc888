/** Time as an argument: code that needs it takes a `Clock`, so tests can set it. */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01 UTC; may jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
