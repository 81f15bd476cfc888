import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { augment, type Augmentation } from '../../../../native-models/training/augment.ts';

const dims = [2, 8, 10];
const image = () => Float32Array.from({ length: 160 }, (_, i) => i);

function changed(augmentation: Augmentation, seed: number): Float32Array {
  const copy = image();
  augment(copy, dims, augmentation, seededRandom(seed));
  return copy;
}

describe('augment', () => {
  it('changes nothing by itself', () => {
    expect(changed({}, 1)).toEqual(image());
  });

  it('is drawn from the random source', () => {
    const all = { flip: true, shift: 0.2, light: 0.1 };
    expect(changed(all, 3)).toEqual(changed(all, 3));
    expect(changed(all, 3)).not.toEqual(changed(all, 4));
  });

  it('mirrors each axis every other time, and moves no value to another plane', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const flipped = changed({ flip: true }, seed);
      expect([...flipped].sort((a, b) => a - b)).toEqual([...image()]);
      expect(Math.max(...flipped.subarray(0, 80))).toBe(79);
      seen.add(flipped[0]!);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 9, 70, 79]);
  });

  it('shifts within bounds and repeats the edge', () => {
    for (let seed = 0; seed < 40; seed++) {
      const shifted = changed({ shift: 0.25 }, seed);
      const dx = (shifted[34]! % 10) - 4;
      const dy = Math.floor(shifted[34]! / 10) - 3;
      expect(Math.abs(dx)).toBeLessThanOrEqual(3);
      expect(Math.abs(dy)).toBeLessThanOrEqual(2);
      const row = Math.min(7, Math.max(0, dy));
      expect(shifted[0]).toBe(row * 10 + Math.max(0, dx));
    }
  });
});
