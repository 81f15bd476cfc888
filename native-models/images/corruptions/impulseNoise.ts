import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** Salt and pepper: transmission errors turn single values black or white. */
export const impulseNoise: Corruption = {
  name: 'impulse-noise',
  family: 'noise',
  measure: 'share of the pixels',
  levels: [0.002, 0.006, 0.015, 0.035, 0.07],
  apply: (frame, share, random) =>
    mapFrame(frame, (value) => {
      const chance = random.uniform();
      return chance >= share ? value : chance < share / 2 ? 0 : 1;
    }),
};
