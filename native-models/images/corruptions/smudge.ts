import type { Corruption } from './corruption.ts';
import { blotch } from './blotch.ts';
import { copyFrame, shorterSide } from './frame.ts';

/** What scattered light comes to. */
const hazeLevel = 0.62;

/** Grease on the lens: wide smears in which the picture is hazy and bright. */
export const smudge: Corruption = {
  name: 'smudge',
  family: 'dirt',
  measure: 'haze at the middle of a smear, 0..1',
  levels: [0.15, 0.27, 0.4, 0.55, 0.7],
  apply: (frame, haze, random) => {
    const smeared = copyFrame(frame);
    const count = 1 + random.integer(3);
    for (let i = 0; i < count; i++) {
      const radiusX = shorterSide(frame) * (0.12 + 0.2 * random.uniform());
      const place = {
        x: random.uniform() * frame.width,
        y: random.uniform() * frame.height,
        radiusX,
        radiusY: radiusX * (0.25 + 0.5 * random.uniform()),
        angle: Math.PI * random.uniform(),
      };
      blotch(smeared, place, (value, cover) => value + haze * cover * (hazeLevel - value));
    }
    return smeared;
  },
};
