import { either, type Corruption } from './corruption.ts';
import { warp } from './warp.ts';

/** The camera stands nearer or farther. */
export const scale: Corruption = {
  name: 'scale',
  family: 'geometry',
  measure: 'change of size, relative',
  levels: [0.02, 0.04, 0.07, 0.11, 0.16],
  apply: (frame, change, random) => {
    const factor = (1 + change) ** either(random);
    return warp(frame, [factor, 0, 0, factor]);
  },
};
