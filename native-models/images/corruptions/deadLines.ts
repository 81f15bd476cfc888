import type { Corruption } from './corruption.ts';
import { copyFrame } from './frame.ts';

/** Rows or columns of the sensor stuck at black or white. */
export const deadLines: Corruption = {
  name: 'dead-lines',
  family: 'sensor',
  measure: 'lines',
  levels: [1, 2, 4, 7, 12],
  apply: (frame, count, random) => {
    const dead = copyFrame(frame);
    const { width, height } = frame;
    const areRows = random.uniform() < 0.5;
    for (let i = 0; i < count; i++) {
      const line = random.integer(areRows ? height : width);
      const stuck = random.uniform() < 0.5 ? 0 : 1;
      const [start, step, length] = areRows ? [line * width, 1, width] : [line, width, height];
      for (const plane of dead.planes) for (let k = 0; k < length; k++) plane[start + k * step] = stuck;
    }
    return dead;
  },
};
