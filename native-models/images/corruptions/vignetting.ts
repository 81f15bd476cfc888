import type { Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** The lens falls off towards the corners: 1 − a·r², r = 1 in the corner. */
export const vignetting: Corruption = {
  name: 'vignetting',
  family: 'light',
  measure: 'loss of light in the corners, relative',
  levels: [0.12, 0.25, 0.4, 0.55, 0.7],
  apply: (frame, loss) => {
    const [cx, cy] = [(frame.width - 1) / 2, (frame.height - 1) / 2];
    const corner = cx * cx + cy * cy || 1;
    return mapFrame(frame, (value, x, y) => value * (1 - (loss * ((x - cx) ** 2 + (y - cy) ** 2)) / corner));
  },
};
