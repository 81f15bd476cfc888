import type { Corruption } from './corruption.ts';
import { shorterSide } from './frame.ts';
import { spread, type Tap } from './spread.ts';

/** A disc whose edge pixels count as far as they are covered. */
function disc(radius: number): Tap[] {
  const reach = Math.ceil(radius);
  const taps: Tap[] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const weight = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y)));
      if (weight > 0) taps.push({ x, y, weight });
    }
  }
  return taps;
}

/** The part lies out of focus: a point becomes a disc. */
export const defocusBlur: Corruption = {
  name: 'defocus-blur',
  family: 'blur',
  measure: 'radius of the disc, share of the shorter side',
  levels: [0.003, 0.006, 0.01, 0.015, 0.022],
  apply: (frame, share) => spread(frame, disc(share * shorterSide(frame))),
};
