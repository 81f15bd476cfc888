import type { Corruption } from './corruption.ts';
import { shorterSide } from './frame.ts';
import { warp } from './warp.ts';

/** The part lies a little off its place, in any direction. */
export const shift: Corruption = {
  name: 'shift',
  family: 'geometry',
  measure: 'way, share of the shorter side',
  levels: [0.01, 0.02, 0.035, 0.05, 0.075],
  apply: (frame, share, random) => {
    const way = share * shorterSide(frame);
    const angle = 2 * Math.PI * random.uniform();
    return warp(frame, [1, 0, 0, 1], { x: way * Math.cos(angle), y: way * Math.sin(angle) });
  },
};
