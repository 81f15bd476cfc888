import { describe, expect, it } from 'vitest';
import { corrupt, corruptions } from '../../../../native-models/images/corruptions/index.ts';
import { severities } from '../../../../native-models/images/corruptions/corruption.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { drawPart } from '../../../../native-models/images/procedural/draw.ts';

const drawn = (part: 'disc' | 'label') =>
  drawPart({ part, seed: 3, index: 5, defectRate: 0, disturbances: { light: 0, blur: 0, noise: 0 } }).picture;
const grey = drawn('disc');
const colour = drawn('label');

/** Mean absolute difference, share of full scale. */
function change(a: Picture, b: Picture): number {
  const full = a.depth === 16 ? 65_535 : 255;
  return mean(Float64Array.from(a.data, (value, at) => Math.abs(value - b.data[at]!))) / full;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function deepened(picture: Picture): Picture {
  return { ...picture, depth: 16, data: Uint16Array.from(picture.data, (value) => value * 257) };
}

describe.each(corruptions)('$name', ({ name, colourOnly }) => {
  it('gives the same picture for the same seed, and leaves the one it was given alone', async () => {
    const before = colour.data.slice();
    const one = await corrupt(colour, name, 3, 7);
    expect(await corrupt(colour, name, 3, 7)).toEqual(one);
    expect(colour.data).toEqual(before);
    expect(one).toMatchObject({ width: 300, height: 300, channels: 3, depth: 8 });
  });

  it('grows with severity, from a change that can be measured to one that leaves the part there', async () => {
    const changes: number[] = [];
    for (const severity of severities) {
      let sum = 0;
      for (let seed = 0; seed < 4; seed++) sum += change(colour, await corrupt(colour, name, severity, seed));
      changes.push(sum / 4);
    }
    expect(changes[0]).toBeGreaterThan(5e-5);
    expect(changes[4]).toBeLessThan(0.3);
    for (let i = 1; i < changes.length; i++) expect(changes[i]).toBeGreaterThan(changes[i - 1]!);
  });

  it('takes grey pictures and 16 bits', async () => {
    const disturbed = await corrupt(grey, name, 3, 1);
    expect(disturbed).toMatchObject({ channels: 1, depth: 8 });
    if (colourOnly) expect(disturbed.data).toEqual(grey.data);
    else expect(change(grey, disturbed)).toBeGreaterThan(0);
    const deep = await corrupt(deepened(grey), name, 3, 1);
    expect(deep).toMatchObject({ channels: 1, depth: 16 });
    expect(change(deepened(disturbed), deep)).toBeLessThan(0.004);
  });
});

describe('the suite', () => {
  it('has a name of its own for each, and streams of chance that differ from seed to seed', async () => {
    expect(new Set(corruptions.map(({ name }) => name)).size).toBe(corruptions.length);
    for (const name of ['gaussian-noise', 'dust', 'vibration-blur', 'shift']) {
      expect((await corrupt(grey, name, 3, 1)).data, name).not.toEqual(
        (await corrupt(grey, name, 3, 2)).data,
      );
    }
  });

  it('names what there is when asked for what there is not', async () => {
    await expect(corrupt(grey, 'fog', 1, 0)).rejects.toMatchObject({
      kind: 'badRequest',
      params: { reason: expect.stringContaining('gaussian-noise') },
    });
  });

  it('keeps the light where it only spreads it', async () => {
    for (const name of ['defocus-blur', 'motion-blur', 'vibration-blur']) {
      expect(mean((await corrupt(grey, name, 5, 4)).data) / mean(grey.data), name).toBeCloseTo(1, 1);
    }
  });

  it('has the noise it states', async () => {
    const flat: Picture = {
      width: 200,
      height: 200,
      channels: 1,
      depth: 16,
      data: new Uint16Array(40_000).fill(32_768),
    };
    const spread = async (name: string) => {
      const { data } = await corrupt(flat, name, 3, 0);
      const values = Float64Array.from(data, (value) => value / 65_535);
      const centre = mean(values);
      return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    };
    expect(await spread('gaussian-noise')).toBeCloseTo(0.065, 3);
    // Half of 100 photons: √50 / 100.
    expect(await spread('shot-noise')).toBeCloseTo(0.0707, 3);
  });
});
