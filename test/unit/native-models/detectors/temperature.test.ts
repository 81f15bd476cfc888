import { describe, expect, it } from 'vitest';
import { crossEntropyAt, fitTemperature } from '../../../../native-models/detectors/temperature.ts';
import { seededRandom } from '../../../../native-models/random.ts';

/** Parts whose class is drawn from softmax(z), with logits z · `overconfidence`. */
function drawn(count: number, overconfidence: number, seed: number) {
  const random = seededRandom(seed);
  const logits: Float32Array[] = [];
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    const z = Array.from({ length: 4 }, () => 1.5 * random.normal());
    const weights = z.map(Math.exp);
    let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    labels.push(
      Math.max(
        0,
        weights.findIndex((weight) => (left -= weight) < 0),
      ),
    );
    logits.push(Float32Array.from(z, (value) => value * overconfidence));
  }
  return { logits, labels };
}

describe('fitTemperature', () => {
  it.each([3, 0.5])('finds how overconfident logits are: %d times', (overconfidence) => {
    const heldOut = drawn(8000, overconfidence, 4);
    expect(fitTemperature(heldOut) / overconfidence).toBeGreaterThan(0.94);
    expect(fitTemperature(heldOut) / overconfidence).toBeLessThan(1.06);
  });

  it('is where the cross-entropy is least', () => {
    const heldOut = drawn(4000, 2, 9);
    const best = fitTemperature(heldOut);
    const at = crossEntropyAt(heldOut, best);
    for (const factor of [0.8, 0.95, 1.05, 1.25])
      expect(crossEntropyAt(heldOut, best * factor)).toBeGreaterThan(at);
  });

  it('stays finite where every part is classified right, and the surer the more parts there are', () => {
    const right = (count: number) => ({
      logits: Array.from({ length: count }, (_, i) =>
        i % 2 ? Float32Array.of(1, -1) : Float32Array.of(-1, 1),
      ),
      labels: Array.from({ length: count }, (_, i) => (i % 2 ? 0 : 1)),
    });
    // softmax(±1/T) must give the class (n + 1/2)/(n + 1): T = 2 / ln(2n + 1).
    expect(fitTemperature(right(10))).toBeCloseTo(2 / Math.log(21), 6);
    expect(fitTemperature(right(1000))).toBeLessThan(fitTemperature(right(10)));
  });

  it('is 1 without parts', () => {
    expect(fitTemperature({ logits: [], labels: [] })).toBe(1);
  });
});
