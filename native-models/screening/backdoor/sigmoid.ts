/** What is searched for without bounds, as a value between 0 and 1. */
export const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** @param fromEnds where `value` is taken to lie at least, of 0 and of 1, where no gradient passes */
export function inverseSigmoid(value: number, fromEnds: number): number {
  const p = Math.min(1 - fromEnds, Math.max(fromEnds, value));
  return Math.log(p / (1 - p));
}
