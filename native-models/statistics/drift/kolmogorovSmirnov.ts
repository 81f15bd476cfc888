/** Largest distance of two empirical distribution functions, and how often chance alone makes one as large. */
export interface KsResult {
  /** 0..1 */
  readonly distance: number;
  readonly p: number;
}

/** Up to this many cells the exact distribution is counted. */
const exactUpTo = 250_000;

/**
 * Two-sample test of Kolmogorov & Smirnov, two-sided. With few values p is exact, by counting lattice paths (Hodges,
 * Arkiv för Matematik 1958); with many, by the limiting distribution with Stephens' correction (J. R. Stat. Soc. B 1970).
 * Equal values make it say less than it could, never more.
 * @param a at least 1 value @param b at least 1 value
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): KsResult {
  const distance = largestDistance(Float64Array.from(a).sort(), Float64Array.from(b).sort());
  const [n, m] = [a.length, b.length];
  const p = n * m <= exactUpTo ? exactTail(distance, n, m) : limitingTail(distance, n, m);
  return { distance, p };
}

function largestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= value) i++;
    while (j < b.length && b[j]! <= value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** The chance that a random order of n and m values leads to a distance of `distance` or more. */
function exactTail(distance: number, n: number, m: number): number {
  // Distances are whole multiples of 1/(n·m): half a one is far from rounding and from the next.
  const limit = distance * n * m - 0.5;
  const isWithin = (i: number, j: number) => Math.abs(i * m - j * n) < limit;
  // chance[j] of being at (i, j) without having touched the limit, by the last step.
  const chance = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      const fromA = i === 0 ? 0 : (chance[j]! * (n - i + 1)) / (n + m - i - j + 1);
      const fromB = j === 0 ? 0 : (chance[j - 1]! * (m - j + 1)) / (n + m - i - j + 1);
      const here = i + j === 0 ? 1 : fromA + fromB;
      chance[j] = isWithin(i, j) ? here : 0;
    }
  }
  return Math.min(1, Math.max(0, 1 - chance[m]!));
}

function limitingTail(distance: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  const x = (root + 0.12 + 0.11 / root) * distance;
  // The series does not converge near 0, where the tail is 1 to every digit.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
