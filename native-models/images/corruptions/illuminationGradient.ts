import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** The lamp has moved: one side brighter, the other darker, along any direction. */
export const illuminationGradient: Corruption = {
  name: 'illumination-gradient',
  family: 'light',
  measure: 'change of the light from the centre to the edge, relative',
  levels: [0.1, 0.2, 0.32, 0.46, 0.62],
  apply: (frame, slope, random) => {
    const angle = 2 * Math.PI * random.uniform();
    const [u, v] = [(2 * Math.cos(angle)) / frame.width, (2 * Math.sin(angle)) / frame.height];
    const [cx, cy] = [(frame.width - 1) / 2, (frame.height - 1) / 2];
    return mapFrame(frame, (value, x, y) => value * (1 + slope * (u * (x - cx) + v * (y - cy))));
  },
};
