import { describe, expect, it } from 'vitest';
import { addBlemish, blemishTypes } from '../../../../native-models/images/procedural/blemish.ts';
import { drawSurface, type SurfacePlanes } from '../../../../native-models/images/procedural/surface.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const side = 300;
const surface = (kind: number, piece = 0) =>
  drawSurface(seededRandom(1).fork(`kind ${kind}`), seededRandom(1).fork(`piece ${kind} ${piece}`));
const middle = { x: 150, y: 150 };

/** Pixels that differ between two pictures of one surface. */
function changed(before: SurfacePlanes, after: SurfacePlanes): number[] {
  const places = new Set<number>();
  before.forEach((plane, channel) =>
    plane.forEach((value, at) => {
      if (Math.abs(value - after[channel]![at]!) > 1e-3) places.add(at);
    }),
  );
  return [...places];
}

function distance(at: number): number {
  return Math.hypot((at % side) - middle.x, Math.floor(at / side) - middle.y);
}

describe('procedural surfaces', () => {
  it('are the same again from the same seeds, and another piece of the same kind is not', () => {
    expect(surface(3)).toEqual(surface(3));
    expect(surface(3, 1)).not.toEqual(surface(3));
    expect(surface(3, 1)).toHaveLength(surface(3).length);
  });

  it('come grey and in colour, and stay within what a camera sees', () => {
    const kinds = Array.from({ length: 12 }, (_, kind) => surface(kind));
    expect(new Set(kinds.map((planes) => planes.length))).toEqual(new Set([1, 3]));
    for (const plane of kinds.flat()) {
      expect(plane).toHaveLength(side * side);
      expect(plane.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});

describe.each(blemishTypes)('blemish %s', (type) => {
  const drawn = (seed: number) => {
    const planes = surface(5).map((plane) => plane.slice());
    addBlemish(planes, type, middle, surface(6), seededRandom(seed));
    return planes;
  };

  it('changes the surface over the place and leaves it alone further away', () => {
    for (let seed = 0; seed < 10; seed++) {
      const places = changed(surface(5), drawn(seed));
      expect(places.length).toBeGreaterThan(0);
      expect(Math.min(...places.map(distance))).toBeLessThan(8);
      expect(Math.max(...places.map(distance))).toBeLessThan(110);
    }
  });

  it('is the same again from the same seed, and another from another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(2)).not.toEqual(drawn(1));
  });
});
