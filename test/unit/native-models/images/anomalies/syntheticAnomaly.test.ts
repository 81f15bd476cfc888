import { describe, expect, it } from 'vitest';
import { perlinNoise } from '../../../../../native-models/images/anomalies/perlinNoise.ts';
import { syntheticAnomaly } from '../../../../../native-models/images/anomalies/syntheticAnomaly.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import type { Picture } from '../../../../../native-models/images/picture.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import { demoPart } from '../../../../support/smallDetector.ts';

const { picture } = drawPart(demoPart(0, 0));
const changedShare = (seed: number) => {
  const { data } = syntheticAnomaly(picture, seededRandom(seed));
  return data.filter((value, at) => Math.abs(value - picture.data[at]!) > 2).length / data.length;
};

describe('a synthetic anomaly', () => {
  it('changes a small part of the picture, and always some of it', () => {
    const shares = Array.from({ length: 40 }, (_, seed) => changedShare(seed));
    expect(Math.max(...shares)).toBeLessThan(0.15);
    expect(shares.filter((share) => share > 0.001).length).toBeGreaterThan(35);
  });

  it('is the same again from the same seed, and leaves the picture alone', () => {
    const before = picture.data.slice();
    const [once, again] = [
      syntheticAnomaly(picture, seededRandom(3)),
      syntheticAnomaly(picture, seededRandom(3)),
    ];
    expect(again).toEqual(once);
    expect(picture.data).toEqual(before);
    expect(once).toMatchObject({ width: picture.width, height: picture.height, channels: picture.channels });
  });

  it('keeps 16 bits and three channels', () => {
    const values = new Uint16Array(3600).map((_, i) => 300 * (i % 200));
    const deep: Picture = { width: 40, height: 30, channels: 3, depth: 16, data: values };
    const { data, depth } = syntheticAnomaly(deep, seededRandom(1));
    expect(depth).toBe(16);
    expect(data.some((value, at) => value !== deep.data[at])).toBe(true);
  });
});

describe('Perlin noise', () => {
  it('is smooth, without bias, and bounded', () => {
    const noise = perlinNoise(128, 96, 16, seededRandom(2));
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(noise.every((value) => Math.abs(value) < 1)).toBe(true);
    for (let at = 1; at < 128; at++) expect(Math.abs(noise[at]! - noise[at - 1]!)).toBeLessThan(0.2);
  });
});
