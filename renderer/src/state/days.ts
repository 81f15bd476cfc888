/** Midnight so many days before, by this computer's time zone; ms since 1970 UTC. */
export function midnight(nowMs: number, daysBack: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBack).getTime();
}
