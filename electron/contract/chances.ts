/** Round numbers that people say chances by: 1 in 20, 1 in 1,000. */
const steps = [1, 2, 5];

/**
 * The largest round number n of which a chance lies below 1 in n; `null` where even 1 in 2 is too much to say.
 * @param chance 0..1
 */
export function oneIn(chance: number): number | null {
  const most = 1_000_000;
  const said = Array.from({ length: 7 }, (_, power) => steps.map((step) => step * 10 ** power))
    .flat()
    .filter((n) => n >= 2 && n <= most && chance * n <= 1);
  return said.at(-1) ?? null;
}
