/** The x with I_x(a, b) = p, by Newton's method between bounds that close in on it. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  // Where Newton leaves the bounds they are halved: sixty halvings reach the last bit.
  for (let i = 0; i < 200 && high > low; i++) {
    const excess = incompleteBeta(x, a, b) - p;
    if (excess < 0) low = x;
    else high = x;
    const slope = powerOverBeta(x, a, b) / (x * (1 - x));
    const newton = x - excess / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= x * Number.EPSILON) return next;
    x = next;
  }
  return x;
}

/**
 * Regularised incomplete beta function I_x(a, b) by its continued fraction (NIST DLMF 8.17.22), to a relative error of
 * about 1e-13 even where a and b are hundreds of thousands.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (!isInLowerPart(x, a, b)) return 1 - incompleteBeta(1 - x, b, a);
  return powerOverBeta(x, a, b) * tailOverPower(x, a, b);
}

/**
 * ln of (1 − I_x(a, b)) B(a, b) / (xᵃ (1 − x)ᵇ) for x in (0, 1), which stays finite where tail and power are both
 * too small for a number.
 */
export function logUpperTailOverPower(x: number, a: number, b: number): number {
  if (isInLowerPart(1 - x, b, a)) return Math.log(tailOverPower(1 - x, b, a));
  return Math.log1p(-incompleteBeta(x, a, b)) - logPowerOverBeta(x, a, b);
}

/** Where the continued fraction converges fast. */
function isInLowerPart(x: number, a: number, b: number): boolean {
  return x <= (a + 1) / (a + b + 2);
}

/** I_x(a, b) B(a, b) / (xᵃ (1 − x)ᵇ) */
function tailOverPower(x: number, a: number, b: number): number {
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
  return fraction / a;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

function powerOverBeta(x: number, a: number, b: number): number {
  return Math.exp(logPowerOverBeta(x, a, b));
}

/**
 * ln of xᵃ (1 − x)ᵇ / B(a, b) by Stirling's formula and deviances (Loader, Fast and Accurate Computation of Binomial
 * Probabilities, 2000): the difference of logarithms of large gamma functions would lose ten digits.
 */
export function logPowerOverBeta(x: number, a: number, b: number): number {
  const whole = a + b;
  const stirling = stirlingError(whole) - stirlingError(a) - stirlingError(b);
  const deviances = deviance(a, whole * x) + deviance(b, whole * (1 - x));
  return 0.5 * Math.log((a * b) / (2 * Math.PI * whole)) + stirling - deviances;
}

/** a ln(a / m) + m − a, without the cancellation where a and m are close. */
function deviance(a: number, m: number): number {
  const apart = a - m;
  if (Math.abs(apart) >= 0.1 * (a + m)) return a * Math.log(a / m) - apart;
  // With v = (a − m)/(a + m): ln(a/m) = 2 artanh v = 2 (v + v³/3 + v⁵/5 + …).
  const v = apart / (a + m);
  let sum = apart * v;
  let power = 2 * a * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/** ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π] for x > 0, by its series (NIST DLMF 5.11.1) once x is above 16. */
function stirlingError(x: number): number {
  if (x < 16) {
    // From Γ(x + 1) = x Γ(x).
    return stirlingError(x + 1) + (x + 0.5) * Math.log1p(1 / x) - 1;
  }
  const inverse = 1 / x;
  const square = inverse * inverse;
  return (
    inverse *
    (1 / 12 -
      square *
        (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360360)))))
  );
}
