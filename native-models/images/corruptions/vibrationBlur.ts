import type { Corruption } from './corruption.ts';
import { shorterSide } from './frame.ts';
import { spread, tapsAlong } from './spread.ts';

/** A swing caught on one side would move the part; that is what `shift` is for. */
function centred(path: readonly { x: number; y: number }[]): { x: number; y: number }[] {
  const mean = (pick: (place: { x: number; y: number }) => number) =>
    path.reduce((sum, place) => sum + pick(place), 0) / path.length;
  const [x, y] = [mean((place) => place.x), mean((place) => place.y)];
  return path.map((place) => ({ x: place.x - x, y: place.y - y }));
}

/** The machine shakes camera or part: a sinusoidal swing in any direction, part of a period during the exposure. */
export const vibrationBlur: Corruption = {
  name: 'vibration-blur',
  family: 'blur',
  measure: 'amplitude of the swing, share of the shorter side',
  levels: [0.004, 0.008, 0.013, 0.02, 0.03],
  apply: (frame, share, random) => {
    const amplitude = share * shorterSide(frame);
    const angle = Math.PI * random.uniform();
    const phase = 2 * Math.PI * random.uniform();
    const across = 0.3 * random.normal();
    const periods = 0.5 + random.uniform();
    const samples = Math.ceil(8 * amplitude) + 8;
    const path = Array.from({ length: samples }, (_, i) => {
      const turn = phase + (2 * Math.PI * periods * i) / samples;
      const [u, v] = [amplitude * Math.sin(turn), across * amplitude * Math.sin(2 * turn)];
      return { x: u * Math.cos(angle) - v * Math.sin(angle), y: u * Math.sin(angle) + v * Math.cos(angle) };
    });
    return spread(frame, tapsAlong(centred(path)));
  },
};
