export type RuleNumber = 1 | 2 | 3 | 4;

/** Rule: `some` of the last `of` points beyond `sigmas` on one side, the newest among them. */
const rules: readonly { rule: RuleNumber; some: number; of: number; sigmas: number }[] = [
  { rule: 1, some: 1, of: 1, sigmas: 3 },
  { rule: 2, some: 2, of: 3, sigmas: 2 },
  { rule: 3, some: 4, of: 5, sigmas: 1 },
  { rule: 4, some: 8, of: 8, sigmas: 0 },
];

/**
 * The rules of the Western Electric Statistical Quality Control Handbook (1956): one point beyond 3σ, two of three
 * beyond 2σ, four of five beyond 1σ, eight in a row on one side. All four together call in control a process every 91.75
 * points (Champ & Woodall, Technometrics 1987); rule 1 alone every 370.4.
 * @param z points in order of time, in standard errors from the centre; null (no parts) is passed over
 * @param used rules; all four when left out
 * @returns per point the rules that it completes
 */
export function westernElectric(
  z: readonly (number | null)[],
  used: readonly RuleNumber[] = [1, 2, 3, 4],
): RuleNumber[][] {
  const past: number[] = [];
  return z.map((value) => {
    if (value === null) return [];
    past.push(value);
    return rules
      .filter(({ rule }) => used.includes(rule))
      .filter(({ some, of, sigmas }) =>
        [1, -1].some(
          (side) =>
            side * value > sigmas && past.slice(-of).filter((each) => side * each > sigmas).length >= some,
        ),
      )
      .map(({ rule }) => rule);
  });
}
