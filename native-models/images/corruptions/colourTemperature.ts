import { either, type Corruption } from './corruption.ts';
import { mapFrame } from './frame.ts';

/** A lamp of another colour: red up and blue down (warmer), or the reverse; green stays. */
export const colourTemperature: Corruption = {
  name: 'colour-temperature',
  family: 'light',
  measure: 'change of red and blue, relative',
  levels: [0.06, 0.12, 0.2, 0.3, 0.42],
  colourOnly: true,
  apply: (frame, change, random) => {
    if (frame.planes.length === 1) return frame;
    const warmth = either(random) * change;
    const gains = [1 + warmth, 1, 1 - warmth];
    return mapFrame(frame, (value, _x, _y, channel) => value * gains[channel]!);
  },
};
