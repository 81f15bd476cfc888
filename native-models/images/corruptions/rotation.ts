import { either, type Corruption } from './corruption.ts';
import { warp } from './warp.ts';

/** The part lies turned, either way. */
export const rotation: Corruption = {
  name: 'rotation',
  family: 'geometry',
  measure: 'degrees',
  levels: [1, 2, 4, 7, 11],
  apply: (frame, degrees, random) => {
    const angle = (either(random) * degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return warp(frame, [cos, -sin, sin, cos]);
  },
};
