import { either, type Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** The lamp ages or the shutter drifts: all values times 2^±stops, clipped by the sensor. */
export const exposure: Corruption = {
  name: 'exposure',
  family: 'light',
  measure: 'stops',
  levels: [0.2, 0.4, 0.65, 0.95, 1.3],
  apply: (frame, stops, random) => {
    const gain = 2 ** (either(random) * stops);
    return mapFrame(frame, (value) => value * gain);
  },
};
