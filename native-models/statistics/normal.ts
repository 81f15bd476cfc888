/** Where the power series gives way to the continued fraction: both take a few dozen terms there. */
const seriesBelow = 2;
const rootTwoPi = Math.sqrt(2 * Math.PI);

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / rootTwoPi;
}

/**
 * Φ(x) of the standard normal distribution, to a relative error of about 1e-14 in both tails, by the series of NIST
 * DLMF 7.6.2 near zero and the continued fraction of DLMF 7.9.1 beyond.
 */
export function normalCdf(x: number): number {
  if (x > 0) return 1 - normalCdf(-x);
  return x > -seriesBelow ? 0.5 - normalDensity(x) * centralSeries(-x) : normalDensity(x) * tailRatio(-x);
}

/** ∫₀ˣ φ / φ(x) = x + x³/3 + x⁵/(3·5) + … */
function centralSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; term > sum * Number.EPSILON; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum;
}

/** Mills' ratio (1 − Φ(x)) / φ(x) = 1/(x + 1/(x + 2/(x + 3/(x + …)))), for x ≥ `seriesBelow`. */
function tailRatio(x: number): number {
  // Evaluated from the inside out; fewer terms are needed the larger x is.
  let fraction = x;
  for (let k = Math.ceil(20 + 600 / (x * x)); k >= 1; k--) fraction = x + k / fraction;
  return 1 / fraction;
}

/**
 * Φ⁻¹(p), to about 1e-15 relative to the larger of 1 and |x|: the rational guess of Abramowitz & Stegun 26.2.23, made
 * exact by Halley's method.
 * @param p within [0, 1]; 0 and 1 give −∞ and ∞
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0) return -Infinity;
  const t = Math.sqrt(-2 * Math.log(p));
  let x =
    (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 3; step++) {
    const excess = (normalCdf(x) - p) / normalDensity(x);
    x -= excess / (1 + 0.5 * x * excess);
  }
  return x;
}
