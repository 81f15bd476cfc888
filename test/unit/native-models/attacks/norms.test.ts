import { describe, expect, it } from 'vitest';
import { norms } from '../../../../native-models/attacks/norms/index.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const random = seededRandom(2);
const draw = (length: number, from = 0, to = 1) =>
  Float32Array.from({ length }, () => from + (to - from) * random.uniform());
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe.each(Object.values(norms))('$name', (norm) => {
  it('projects onto the ball and into [0, 1], and leaves alone what is inside', () => {
    for (let round = 0; round < 50; round++) {
      const clean = draw(12);
      const image = draw(12, -0.5, 1.5);
      norm.project(image, clean, 0.2);
      expect(norm.distance(image, clean)).toBeLessThanOrEqual(0.2 + 1e-6);
      expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
      const again = image.slice();
      norm.project(again, clean, 0.2);
      expect(Math.max(...again.map((value, i) => Math.abs(value - image[i]!)))).toBeLessThan(1e-6);
    }
  });

  it('starts inside the ball', () => {
    for (let round = 0; round < 50; round++) {
      const clean = draw(12);
      const image = clean.slice();
      norm.start(image, 0.3, random);
      expect(norm.distance(image, clean)).toBeLessThanOrEqual(0.3 + 1e-6);
      expect(norm.distance(image, clean)).toBeGreaterThan(0);
    }
  });

  it('gives the direction that raises a linear loss most: its gain is the dual size', () => {
    const w = draw(12, -1, 1);
    const direction = w.slice();
    norm.toDirection(direction);
    expect(norm.distance(direction, new Float32Array(12))).toBeCloseTo(1, 5);
    expect(dot(direction, w)).toBeCloseTo(norm.dualSize(w), 5);
    const nothing = new Float32Array(3);
    norm.toDirection(nothing);
    expect([...nothing]).toEqual([0, 0, 0]);
  });

  it('steps to a plane on the shortest way that the box allows', () => {
    for (let round = 0; round < 40; round++) {
      const x = draw(6);
      const w = draw(6, -1, 1);
      const target = x.map((value) => Math.min(1, Math.max(0, value + (random.uniform() - 0.5))));
      const gap = dot(w, target) - dot(w, x);
      const step = new Float32Array(6);
      norm.toPlane(step, x, w, gap);
      expect(dot(w, step)).toBeCloseTo(gap, 4);
      expect(step.every((value, i) => x[i]! + value >= -1e-6 && x[i]! + value <= 1 + 1e-6)).toBe(true);
      // No other point of the box on that plane is nearer: random ones are pushed onto it and compared.
      const own = norm.distance(step, new Float32Array(6));
      expect(own).toBeLessThanOrEqual(norm.distance(target, x) + 1e-5);
      for (let trial = 0; trial < 30; trial++) {
        const other = step.map((value) => value + 0.1 * (random.uniform() - 0.5));
        const i = random.integer(6);
        other[i] = other[i]! + (gap - dot(w, other)) / w[i]!;
        const stays = other.every((value, k) => x[k]! + value >= 0 && x[k]! + value <= 1);
        if (stays) expect(norm.distance(other, new Float32Array(6))).toBeGreaterThanOrEqual(own - 1e-4);
      }
    }
  });

  it('goes as far as the box allows where the plane is out of reach', () => {
    const step = new Float32Array(2);
    norm.toPlane(step, Float32Array.of(0.5, 0.25), Float32Array.of(1, -2), 100);
    expect(step[0]).toBeCloseTo(0.5, 5);
    expect(step[1]).toBeCloseTo(-0.25, 5);
  });
});
