import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** Haze or stray light: the picture drawn towards its own mean. */
export const contrast: Corruption = {
  name: 'contrast',
  family: 'light',
  measure: 'factor on the distance from the mean',
  levels: [0.8, 0.65, 0.5, 0.37, 0.25],
  apply: (frame, factor) => {
    const means = frame.planes.map((plane) => plane.reduce((sum, value) => sum + value, 0) / plane.length);
    return mapFrame(frame, (value, _x, _y, channel) => means[channel]! + factor * (value - means[channel]!));
  },
};
