/** A share with its confidence interval: `hits` of `of`. */
export interface Rate {
  readonly value: number;
  readonly interval: [number, number];
  readonly hits: number;
  readonly of: number;
}

/**
 * Share with the interval of Wilson (JASA 1927), the usual choice for reporting: it never leaves [0, 1] and
 * its mean coverage is near nominal (Brown, Cai & DasGupta, Statistical Science 2001).
 * @param z two-sided normal quantile; 1.96 is 95 %
 * @returns null when `of` is 0
 */
export function wilsonRate(hits: number, of: number, z = 1.959963984540054): Rate | null {
  if (of === 0) return null;
  const value = hits / of;
  const denominator = 1 + (z * z) / of;
  const centre = value + (z * z) / (2 * of);
  const half = z * Math.sqrt((value * (1 - value)) / of + (z * z) / (4 * of * of));
  const low = hits === 0 ? 0 : (centre - half) / denominator;
  const high = hits === of ? 1 : (centre + half) / denominator;
  return { value, interval: [low, high], hits, of };
}

/**
 * Share with the exact interval of Clopper & Pearson (Biometrika 1934): coverage is never below nominal, for
 * statements that must hold (certificates, gates).
 * @param alpha one minus the confidence, split over both sides
 * @returns null when `of` is 0
 */
export function clopperPearsonRate(hits: number, of: number, alpha = 0.05): Rate | null {
  if (of === 0) return null;
  const low = hits === 0 ? 0 : betaQuantile(alpha / 2, hits, of - hits + 1);
  const high = hits === of ? 1 : betaQuantile(1 - alpha / 2, hits + 1, of - hits);
  return { value: hits / of, interval: [low, high], hits, of };
}

/** The x with I_x(a, b) = p, by bisection: 60 halvings of [0, 1] reach the last bit that matters. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function I_x(a, b) by its continued fraction (NIST DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // Lentz's evaluation of 1 / (1 + d1 / (1 + d2 / …)).
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** ln Γ(x) for x > 0: Stirling's series (NIST DLMF 5.11.1) after lifting x above 10 by the recurrence. */
function logGamma(x: number): number {
  let lift = 0;
  let at = x;
  for (; at < 10; at++) lift += Math.log(at);
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360360)))));
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - lift;
}
