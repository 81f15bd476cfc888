import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** Read-out noise: normal, the same at every brightness, each channel its own. */
export const gaussianNoise: Corruption = {
  name: 'gaussian-noise',
  family: 'noise',
  measure: 'standard deviation, share of full scale',
  levels: [0.02, 0.04, 0.065, 0.095, 0.13],
  apply: (frame, sigma, random) => mapFrame(frame, (value) => value + sigma * random.normal()),
};
