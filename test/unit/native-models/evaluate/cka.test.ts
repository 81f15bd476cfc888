import { describe, expect, it } from 'vitest';
import { addGram, linearCka } from '../../../../native-models/evaluate/cka.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const features = (n: number, columns: number, seed: number) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: n * columns }, () => random.normal());
};

const gramOf = (rows: Float32Array, n: number) => {
  const gram = new Float64Array(n * n);
  addGram(rows, n, gram);
  return gram;
};

/** The unbiased HSIC as Song et al. define it: a mean over all draws of four different examples. */
function hsicByDefinition(k: Float64Array, l: Float64Array, n: number): number {
  const examples = Array.from({ length: n }, (_, at) => at);
  let [sum, count] = [0, 0];
  for (const i of examples) {
    for (const j of examples) {
      for (const q of examples) {
        for (const r of examples) {
          if (new Set([i, j, q, r]).size < 4) continue;
          sum += k[i * n + j]! * (l[i * n + j]! + l[q * n + r]! - 2 * l[i * n + q]!);
          count += 1;
        }
      }
    }
  }
  return sum / count;
}

describe('addGram', () => {
  it('multiplies every pair of rows, in pieces as at once', () => {
    const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect([...gramOf(rows, 2)]).toEqual([14, 32, 32, 77]);
    const pieces = new Float64Array(4);
    addGram(Float32Array.of(1, 4), 2, pieces);
    addGram(Float32Array.of(2, 3, 5, 6), 2, pieces);
    expect([...pieces]).toEqual([14, 32, 32, 77]);
  });
});

describe('linearCka', () => {
  it('is the ratio of similarities as their definition has it', () => {
    const [k, l] = [gramOf(features(6, 3, 1), 6), gramOf(features(6, 4, 2), 6)];
    const hsic = (one: Float64Array, two: Float64Array) => hsicByDefinition(one, two, 6);
    expect(linearCka(k, l, 6)).toBeCloseTo(hsic(k, l) / Math.sqrt(hsic(k, k) * hsic(l, l)), 9);
  });

  it('is 1 for the same representation, turned, scaled and moved too', () => {
    const n = 16;
    const rows = features(n, 2, 3);
    const gram = gramOf(rows, n);
    expect(linearCka(gram, gram, n)).toBeCloseTo(1, 12);
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const moved = rows.map((value, at) => {
      const turned = at % 2 === 0 ? cos * value - sin * rows[at + 1]! : sin * rows[at - 1]! + cos * value;
      return 5 * turned + 3;
    });
    expect(linearCka(gram, gramOf(moved, n), n)).toBeCloseTo(1, 5);
  });

  it('is small for independent representations, also of many more features than examples', () => {
    const n = 32;
    const values = Array.from({ length: 10 }, (_, at) =>
      linearCka(gramOf(features(n, 1000, 2 * at), n), gramOf(features(n, 1000, 2 * at + 1), n), n),
    );
    const mean = values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
  });

  it('says nothing of a representation that does not tell examples apart, nor of three examples', () => {
    const constant = gramOf(new Float32Array(16).fill(0.3), 8);
    expect(linearCka(constant, gramOf(features(8, 2, 1), 8), 8)).toBeNull();
    const few = gramOf(features(3, 2, 1), 3);
    expect(linearCka(few, few, 3)).toBeNull();
  });
});
