import type { LineStopRule } from './costs.ts';

/**
 * Stops of the line per part in the long run, when parts are called NG independently with one probability and
 * the count of NG starts anew after each stop: 1 over the mean number of parts to a stop (elementary renewal
 * theorem). That mean is the sum over N of the chance that N parts hold no `ng` NG within any `parts` in a row:
 * exact up to N = parts, where the window has not moved yet, and from there on through the exact chances for
 * two and three windows, which fall geometrically (Naus, JASA 1982; Glaz, Naus & Wallenstein, Scan Statistics,
 * 2001). Within 1 % of the Markov chain over the states of the window; within 3 % where ng = parts.
 * @param ngRate 0..1
 */
export function stopsPerPart(ngRate: number, { ng, parts }: Pick<LineStopRule, 'ng' | 'parts'>): number {
  if (ngRate <= 0) return 0;
  if (ngRate >= 1) return 1 / ng;
  const [one, two, three] = withoutStop(ngRate, ng, parts);
  // E[min(T, parts)], T the part that brings the ng-th NG: negative binomial.
  const first = parts * one + (ng / ngRate) * (1 - binomial(parts + 1, ngRate, ng).upTo(ng));
  const second = two < one ? (one - two) / fallPerPart(one, two, parts) : parts * one;
  // Too rare for double precision to tell: no stop at all.
  if (two > negligible && three >= two) return 0;
  const rest = two > negligible ? two / fallPerPart(two, three, parts) : 0;
  return 1 / (first + second + rest);
}

/** A chance that adds nothing to a mean of at least one part. */
const negligible = 1e-12;

/** 1 − (to / from)^(1/parts) */
function fallPerPart(from: number, to: number, parts: number): number {
  return -Math.expm1(Math.log(to / from) / parts);
}

/** The chances that one, two and three windows' worth of parts bring no stop, with the symbols of Naus (1982). */
function withoutStop(p: number, k: number, m: number): [number, number, number] {
  const full = binomial(m, p, 2 * k);
  const b = full.exactly;
  const F = full.upTo;
  const F1 = binomial(m - 1, p, 2 * k).upTo;
  const F2 = binomial(m - 2, p, 2 * k).upTo;
  const two = F(k - 1) ** 2 - (k - 1) * b(k) * F(k - 2) + m * p * b(k) * F1(k - 3);
  const a1 = 2 * b(k) * F(k - 1) * ((k - 1) * F(k - 2) - m * p * F1(k - 3));
  const a2 =
    0.5 *
    b(k) ** 2 *
    ((k - 1) * (k - 2) * F(k - 3) - 2 * (k - 2) * m * p * F1(k - 4) + m * (m - 1) * p * p * F2(k - 5));
  let three = F(k - 1) ** 3 - a1 + a2;
  for (let r = 1; r < k; r++) {
    three += b(2 * k - r) * (F(r - 1) ** 2 - b(r) * ((r - 1) * F(r - 2) - m * p * F1(r - 3)));
  }
  return [F(k - 1), Math.max(0, two), Math.max(0, three)];
}

/** Chances of 0..most hits in n independent trials; n below 0 counts as 0. */
function binomial(n: number, p: number, most: number) {
  const chances = new Float64Array(most + 1);
  const sums = new Float64Array(most + 1);
  const [logHit, logMiss] = [Math.log(p), Math.log1p(-p)];
  let logWays = 0;
  let sum = 0;
  for (let j = 0; j <= Math.min(n, most); j++) {
    chances[j] = Math.exp(logWays + j * logHit + (n - j) * logMiss);
    logWays += Math.log((n - j) / (j + 1));
    sum += chances[j]!;
    sums[j] = sum;
  }
  sums.fill(n < 0 ? 1 : sum, Math.max(0, n + 1));
  return {
    exactly: (j: number) => (j < 0 ? 0 : chances[j]!),
    upTo: (j: number) => (j < 0 ? 0 : sums[j]!),
  };
}
