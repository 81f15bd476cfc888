import type { Corruption } from './corruption.ts';
import { blotch } from './blotch.ts';
import { copyFrame, shorterSide } from './frame.ts';

/** Dust on glass or part: small specks with soft edges, most of them dark. */
export const dust: Corruption = {
  name: 'dust',
  family: 'dirt',
  measure: 'specks',
  levels: [4, 9, 18, 32, 55],
  apply: (frame, count, random) => {
    const dusty = copyFrame(frame);
    for (let i = 0; i < count; i++) {
      const radius = shorterSide(frame) * (0.004 + 0.012 * random.uniform() ** 2);
      const [x, y] = [random.uniform() * frame.width, random.uniform() * frame.height];
      const shade = random.uniform() < 0.8 ? 0.08 + 0.2 * random.uniform() : 0.9;
      const opacity = 0.35 + 0.5 * random.uniform();
      blotch(
        dusty,
        {
          x,
          y,
          radiusX: radius,
          radiusY: radius * (0.6 + 0.8 * random.uniform()),
          angle: Math.PI * random.uniform(),
        },
        (value, cover) => value + opacity * cover * (shade - value),
      );
    }
    return dusty;
  },
};
