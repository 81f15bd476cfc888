import { either, type Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** Another tone curve in the camera: value^γ or value^(1/γ). */
export const gamma: Corruption = {
  name: 'gamma',
  family: 'light',
  measure: 'γ',
  levels: [1.15, 1.35, 1.6, 1.95, 2.4],
  apply: (frame, level, random) => {
    const exponent = level ** either(random);
    return mapFrame(frame, (value) => value ** exponent);
  },
};
