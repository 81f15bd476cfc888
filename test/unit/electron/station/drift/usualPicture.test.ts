import { expect, it } from 'vitest';
import type { PictureFigures } from '../../../../../electron/contract/drift.ts';
import { oddFigure, usualRange } from '../../../../../electron/station/drift/usualPicture.ts';
import { seededRandom } from '../../../../../native-models/random.ts';

const scales = {
  ...{ brightness: scale(0.5), contrast: scale(0.2), sharpness: scale(-1), noise: scale(0.1) },
  ...{ positionX: scale(0.5), positionY: scale(0.5), score: scale(0.3) },
};
function scale(centre: number) {
  return { centre, spread: 0.01, swing: 1 };
}
const random = seededRandom(1);
const usual = (): PictureFigures => ({
  brightness: 0.5 + 0.01 * random.normal(),
  contrast: 0.2 + 0.01 * random.normal(),
  sharpness: -1 + 0.01 * random.normal(),
  noise: 0.1 + 0.01 * random.normal(),
  positionX: 0.5 + 0.01 * random.normal(),
  positionY: 0.5 + 0.01 * random.normal(),
});
const range = usualRange(Array.from({ length: 500 }, usual));

it('of a usual picture nothing is odd, in one of thousands', () => {
  const odd = Array.from({ length: 3000 }, usual).filter((figures) => oddFigure(figures, range, scales));
  expect(odd.length).toBeLessThan(6);
});

it('names the figure that lies furthest outside, with its direction', () => {
  const dark = { ...usual(), brightness: 0.3, noise: 0.17 };
  expect(oddFigure(dark, range, scales)).toMatchObject({ feature: 'brightness' });
  expect(oddFigure(dark, range, scales)!.shift).toBeCloseTo(-20, 6);
  expect(oddFigure({ ...usual(), positionX: 0.6 }, range, scales)!.feature).toBe('positionX');
});

it('leaves alone what the reference has shown itself, however far it is from the middle', () => {
  const withFlash = usualRange([...Array.from({ length: 100 }, usual), { ...usual(), brightness: 0.9 }]);
  expect(oddFigure({ ...usual(), brightness: 0.8 }, withFlash, scales)).toBeNull();
});
