import { growingRoot } from './growingRoot.ts';
import { roomOf, type Norm } from './norm.ts';

/** Euclidean length of the change. */
export const l2: Norm = {
  name: 'l2',
  toDirection(gradient) {
    const size = lengthOf(gradient);
    for (let i = 0; i < gradient.length; i++) gradient[i] = size === 0 ? 0 : gradient[i]! / size;
  },
  project(image, clean, epsilon) {
    const distance = l2.distance(image, clean);
    const share = distance > epsilon ? epsilon / distance : 1;
    for (let i = 0; i < image.length; i++) {
      const moved = clean[i]! + (image[i]! - clean[i]!) * share;
      image[i] = Math.min(1, Math.max(0, moved));
    }
  },
  start(image, epsilon, random) {
    const direction = image.map(() => random.normal());
    // Uniform in the ball: a random direction, and a radius whose n-th power is uniform.
    const radius = epsilon * random.uniform() ** (1 / image.length);
    const size = lengthOf(direction);
    for (let i = 0; i < image.length; i++) {
      image[i] = Math.min(1, Math.max(0, image[i]! + (radius * direction[i]!) / size));
    }
  },
  distance(image, clean) {
    let sum = 0;
    for (let i = 0; i < image.length; i++) sum += (image[i]! - clean[i]!) ** 2;
    return Math.sqrt(sum);
  },
  dualSize: lengthOf,
  toPlane(step, x, w, gap) {
    const toward = Math.sign(gap);
    const largest = w.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const at = (i: number, t: number) => Math.min(t * Math.abs(w[i]!), roomOf(x[i]!, toward * w[i]!));
    const reach = (t: number) => {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += Math.abs(w[i]!) * at(i, t);
      return sum;
    };
    // Without the box the step is w·gap/‖w‖²; the box can only make it longer. Beyond `most` every value is at its border.
    const smallest = w.reduce(
      (least, value) => (value === 0 ? least : Math.min(least, Math.abs(value))),
      largest,
    );
    const most = largest === 0 ? 0 : 1 / smallest;
    const free = largest === 0 ? 0 : Math.abs(gap) / lengthOf(w) ** 2;
    const ceiling = enclosing(reach, Math.abs(gap), free, most);
    const t = growingRoot(reach, Math.abs(gap), ceiling);
    for (let i = 0; i < x.length; i++) step[i] = w[i] === 0 ? 0 : Math.sign(toward * w[i]!) * at(i, t);
  },
};

/** A t, at least `from`, with reach(t) ≥ target, by doubling; at most `most`. */
function enclosing(reach: (t: number) => number, target: number, from: number, most: number): number {
  let t = from;
  while (t < most && reach(t) < target) t *= 2;
  return Math.min(t, most);
}

function lengthOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}
