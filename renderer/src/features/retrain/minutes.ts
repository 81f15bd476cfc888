/** Seconds as minutes; no training takes none. */
export function minutes(seconds: number): string {
  const value = Math.max(0.1, seconds / 60);
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}
