import { describe, expect, it } from 'vitest';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import type { Disturbances } from '../../../../../native-models/images/procedural/part.ts';
import type { Picture } from '../../../../../native-models/images/picture.ts';
import { pictureFigures } from '../../../../../native-models/images/site/pictureFigures.ts';
import { seededRandom } from '../../../../../native-models/random.ts';

const drawn = (disturbances: Partial<Disturbances>) =>
  drawPart({
    part: 'disc',
    seed: 1,
    index: 3,
    defectRate: 0,
    disturbances: { light: 0, blur: 0, noise: 0, ...disturbances },
  }).picture;

/** A bright square on a dark ground, with noise of a known spread. */
function square(left: number, top: number, sigma: number, depth: 8 | 16 = 8): Picture {
  const random = seededRandom(1);
  const side = 128;
  const full = depth === 8 ? 255 : 65535;
  const data = depth === 8 ? new Uint8Array(side * side) : new Uint16Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const isIn = x >= left && x < left + 40 && y >= top && y < top + 40;
      data[y * side + x] = Math.round(full * ((isIn ? 0.7 : 0.3) + sigma * random.normal()));
    }
  }
  return { width: side, height: side, channels: 1, depth, data };
}

describe('pictureFigures', () => {
  it.each([8, 16] as const)('gives brightness, noise and place of a known picture of %d bit', (depth) => {
    const figures = pictureFigures(square(20, 60, 0.02, depth));
    expect(figures.brightness).toBeCloseTo(0.3 + 0.4 * (40 / 128) ** 2, 2);
    expect(figures.noise).toBeCloseTo(0.02, 2);
    expect(figures.positionX).toBeCloseTo(40 / 128, 1);
    expect(figures.positionY).toBeCloseTo(80 / 128, 1);
  });

  it('follows a shift of the part and nothing else', () => {
    const [before, after] = [square(20, 20, 0.01), square(36, 20, 0.01)].map(pictureFigures);
    expect(after!.positionX - before!.positionX).toBeCloseTo(16 / 128, 2);
    expect(after!.positionY).toBeCloseTo(before!.positionY, 2);
    expect(after!.brightness).toBeCloseTo(before!.brightness, 3);
  });

  it('sees blur as less sharpness and noise as more noise on the demo line', () => {
    const clear = pictureFigures(drawn({}));
    expect(pictureFigures(drawn({ blur: 0.5 })).sharpness).toBeLessThan(clear.sharpness - 0.1);
    expect(pictureFigures(drawn({ noise: 0.3 })).noise).toBeGreaterThan(1.5 * clear.noise);
    expect(pictureFigures(drawn({ noise: 0.3 })).brightness).toBeCloseTo(clear.brightness, 2);
  });

  it('is finite for a flat picture, and for the smallest', () => {
    for (const side of [4, 200]) {
      const flat: Picture = {
        width: side,
        height: side,
        channels: 1,
        depth: 8,
        data: new Uint8Array(side * side),
      };
      expect(Object.values(pictureFigures(flat)).every(Number.isFinite)).toBe(true);
    }
  });
});
