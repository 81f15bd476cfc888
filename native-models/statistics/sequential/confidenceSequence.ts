import { logPowerOverBeta } from '../beta.ts';

/**
 * Interval for a probability that holds at every look at once, with probability 1 − alpha: all p that the wealth of one
 * who forecasts by Jeffreys' prior does not rule out (Robbins, Ann. Math. Stat. 1970; with the forecast of Krichevsky &
 * Trofimov). Somewhat wider than an interval that may be looked at once only.
 * @param alpha in (0, 1) @returns [0, 1] while there are no trials
 */
export function rateSequence(hits: number, of: number, alpha: number): [number, number] {
  if (of === 0) return [0, 1];
  const limit = -Math.log(alpha);
  const isRuledOut = (p: number) =>
    logPowerOverBeta(p, 0.5, 0.5) - logPowerOverBeta(p, hits + 0.5, of - hits + 0.5) > limit;
  const middle = hits / of;
  return [hits === 0 ? 0 : edge(0, middle, isRuledOut), hits === of ? 1 : edge(1, middle, isRuledOut)];
}

/** Sixty halvings reach the last bit; the end that is ruled out is the safe one. */
function edge(out: number, within: number, isRuledOut: (p: number) => boolean): number {
  for (let i = 0; i < 60; i++) {
    const p = (out + within) / 2;
    if (isRuledOut(p)) out = p;
    else within = p;
  }
  return out;
}

/** `hits` of `of` parts. */
export interface Counts {
  readonly hits: number;
  readonly of: number;
}

/** Interval for the candidate's rate minus the current one's at every look, by that of each at half of alpha. */
export function differenceSequence(current: Counts, candidate: Counts, alpha: number): [number, number] {
  const [from, to] = [current, candidate].map(({ hits, of }) => rateSequence(hits, of, alpha / 2));
  return [to![0] - from![1], to![1] - from![0]];
}
