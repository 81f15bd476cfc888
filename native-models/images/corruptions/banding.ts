import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** A lamp flickers under a rolling shutter: bright and dark bands across the rows. */
export const banding: Corruption = {
  name: 'banding',
  family: 'light',
  measure: 'amplitude of the bands, relative',
  levels: [0.03, 0.06, 0.1, 0.16, 0.24],
  apply: (frame, amplitude, random) => {
    const bands = 3 + 7 * random.uniform();
    const phase = 2 * Math.PI * random.uniform();
    const turn = (2 * Math.PI * bands) / frame.height;
    return mapFrame(frame, (value, _x, y) => value * (1 + amplitude * Math.sin(turn * y + phase)));
  },
};
