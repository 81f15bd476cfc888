/** Time as an argument: code that needs it takes a `Clock`, so tests can set it. */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01 UTC; may jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, the same in all threads of a process; never goes back. For durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // Unlike `performance.now()`, which counts from the start of each thread.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
};
