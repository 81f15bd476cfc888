import { growingRoot } from './growingRoot.ts';
import { roomOf, type Norm } from './norm.ts';

/** The largest change of any value. */
export const linf: Norm = {
  name: 'linf',
  toDirection(gradient) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = Math.sign(gradient[i]!);
  },
  project(image, clean, epsilon) {
    for (let i = 0; i < image.length; i++) {
      const low = Math.max(0, clean[i]! - epsilon);
      const high = Math.min(1, clean[i]! + epsilon);
      image[i] = Math.min(high, Math.max(low, image[i]!));
    }
  },
  start(image, epsilon, random) {
    for (let i = 0; i < image.length; i++) {
      image[i] = Math.min(1, Math.max(0, image[i]! + epsilon * (2 * random.uniform() - 1)));
    }
  },
  distance(image, clean) {
    let largest = 0;
    for (let i = 0; i < image.length; i++) largest = Math.max(largest, Math.abs(image[i]! - clean[i]!));
    return largest;
  },
  dualSize(gradient) {
    let sum = 0;
    for (let i = 0; i < gradient.length; i++) sum += Math.abs(gradient[i]!);
    return sum;
  },
  toPlane(step, x, w, gap) {
    const toward = Math.sign(gap);
    // Σ |w_i|·min(t, room_i) grows with t: find the t that closes the gap.
    const reach = (t: number) => {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        if (w[i] !== 0) sum += Math.abs(w[i]!) * Math.min(t, roomOf(x[i]!, toward * w[i]!));
      }
      return sum;
    };
    const t = growingRoot(reach, Math.abs(gap), 1);
    for (let i = 0; i < x.length; i++) {
      const direction = Math.sign(toward * w[i]!);
      step[i] = direction === 0 ? 0 : direction * Math.min(t, roomOf(x[i]!, direction));
    }
  },
};
