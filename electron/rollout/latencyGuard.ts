/** Minutes above the ceiling that trip the guard. */
const needed = 3;
/** What lies below this share of the ceiling ends a series of minutes above it. */
const release = 0.9;

/**
 * How near the time on a part is to being too long for good, 0..1. With hysteresis: a minute above the ceiling counts, one
 * a little below it neither counts nor clears, and one well below begins anew; so a single slow minute trips nothing, and
 * a time that swings about the ceiling does.
 * @param percentilesMs 95th percentile of each minute, oldest first
 */
export function nearCeiling(percentilesMs: readonly number[], ceilingMs: number): number {
  let over = 0;
  for (const ms of percentilesMs) {
    if (ms > ceilingMs) over += 1;
    else if (ms < release * ceilingMs) over = 0;
    if (over >= needed) return 1;
  }
  return over / needed;
}
