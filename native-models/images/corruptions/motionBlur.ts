import type { Corruption } from './corruption.ts';
import { shorterSide } from './frame.ts';
import { spread, tapsAlong } from './spread.ts';

/** Of the camera's mounting, radians. */
const angleSpread = 0.04;
const samplesPerPixel = 4;

/** The conveyor moves during the exposure: a straight way along x, give or take a few degrees. */
export const motionBlur: Corruption = {
  name: 'motion-blur',
  family: 'blur',
  measure: 'length of the way, share of the shorter side',
  levels: [0.008, 0.016, 0.027, 0.04, 0.06],
  apply: (frame, share, random) => {
    const length = share * shorterSide(frame);
    const angle = angleSpread * random.normal();
    const samples = Math.ceil(samplesPerPixel * length) + 1;
    const path = Array.from({ length: samples }, (_, i) => {
      const along = length * (i / (samples - 1) - 0.5);
      return { x: along * Math.cos(angle), y: along * Math.sin(angle) };
    });
    return spread(frame, tapsAlong(path));
  },
};
