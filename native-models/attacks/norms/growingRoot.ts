/** Halvings that bring [0, 1] below a float32's last bit. */
const halvings = 26;

/** The smallest t in [0, most] with f(t) ≥ target, f never falling; `most` where there is none. */
export function growingRoot(f: (t: number) => number, target: number, most: number): number {
  let low = 0;
  let high = most;
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
  return high;
}
