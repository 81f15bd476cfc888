import type { Corruption } from './corruption.ts';
import { copyFrame } from './frame.ts';

/** Pixels of the sensor stuck at black or white, in every channel alike. */
export const deadPixels: Corruption = {
  name: 'dead-pixels',
  family: 'sensor',
  measure: 'share of the pixels',
  levels: [0.0002, 0.0006, 0.0015, 0.0035, 0.008],
  apply: (frame, share, random) => {
    const dead = copyFrame(frame);
    const count = Math.max(1, Math.round(share * frame.width * frame.height));
    for (let i = 0; i < count; i++) {
      const at = random.integer(frame.width * frame.height);
      const stuck = random.uniform() < 0.5 ? 0 : 1;
      for (const plane of dead.planes) plane[at] = stuck;
    }
    return dead;
  },
};
