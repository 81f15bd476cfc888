import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import {
  samplePolicies,
  selectSamples,
  type SampleEvidence,
} from '../../../../native-models/selection/samples.ts';

const total = 60;
const random = seededRandom(5);
const evidence: SampleEvidence = {
  // One class is rare.
  labels: Array.from({ length: total }, (_, i) => (i < 4 ? 0 : i % 2 === 0 ? 1 : 2)),
  pinned: new Set([17, 40]),
  margins: Float32Array.from({ length: total }, () => 3 * random.normal()),
  gradientNorms: Float32Array.from({ length: total }, () => random.uniform()),
  gradients: Float32Array.from({ length: total * 6 }, () => random.normal()),
};
const select = (
  policy: (typeof samplePolicies)[number],
  count: number,
  change: Partial<SampleEvidence> = {},
) => selectSamples(policy, count, { ...evidence, ...change }, seededRandom(1));

describe.each(samplePolicies.filter((policy) => policy !== 'all'))('%s', (policy) => {
  it('takes so many, in order, once each, with weights of 1 on average', () => {
    for (const count of [3, 12, 59]) {
      const { indices, weights } = select(policy, count);
      expect(indices).toHaveLength(count);
      expect(new Set(indices).size).toBe(count);
      expect([...indices].sort((a, b) => a - b)).toEqual(indices);
      expect(weights.reduce((sum, weight) => sum + weight, 0) / count).toBeCloseTo(1, 6);
      expect(Math.min(...weights)).toBeGreaterThan(0);
    }
  });

  it('keeps every class and what a human corrected', () => {
    const { indices } = select(policy, 12);
    expect(new Set(indices.map((index) => evidence.labels[index]))).toEqual(new Set([0, 1, 2]));
    expect(indices).toContain(17);
    expect(indices).toContain(40);
  });

  it('chooses the same again from the same seed', () => {
    expect(select(policy, 20)).toEqual(select(policy, 20));
  });

  it('takes everything where that is what is wanted', () => {
    expect(select(policy, total).indices).toHaveLength(total);
  });
});

describe('the policies', () => {
  it('margin takes those nearest to the boundary, on either side', () => {
    const { indices, scores } = select('margin', 30);
    const chosen = new Set(indices);
    const mean = (of: (index: number) => boolean) => {
      const own = evidence.labels.map((_, index) => index).filter(of);
      return own.reduce((sum, index) => sum + Math.abs(evidence.margins![index]!), 0) / own.length;
    };
    expect(mean((index) => chosen.has(index))).toBeLessThan(mean((index) => !chosen.has(index)) / 1.5);
    expect(scores![3]).toBeCloseTo(Math.abs(evidence.margins![3]!), 6);
  });

  it('easy takes those whose loss changes least with the image', () => {
    const chosen = new Set(select('easy', 20).indices);
    const least = [...evidence.gradientNorms!.keys()]
      .sort((a, b) => evidence.gradientNorms![a]! - evidence.gradientNorms![b]!)
      .slice(0, 8);
    expect(least.filter((index) => chosen.has(index))).toEqual(least);
  });

  it('gradmatch comes nearer to the gradient of all than a random choice does', () => {
    const size = 6;
    const gradients = evidence.gradients!;
    const error = ({ indices, weights }: { indices: readonly number[]; weights: readonly number[] }) => {
      const rest = new Float64Array(size);
      for (let i = 0; i < total; i++) for (let d = 0; d < size; d++) rest[d]! += gradients[i * size + d]!;
      const own = new Float64Array(size);
      indices.forEach((i, at) => {
        for (let d = 0; d < size; d++) own[d]! += weights[at]! * gradients[i * size + d]!;
      });
      // Weights are scaled to 1 on average; what matters to a step is the direction.
      const dot = own.reduce((sum, value, d) => sum + value * rest[d]!, 0);
      return 1 - dot / (Math.hypot(...own) * Math.hypot(...rest));
    };
    const matched = error(select('gradmatch', 12));
    const draws = Array.from({ length: 20 }, (_, seed) =>
      error(selectSamples('random', 12, evidence, seededRandom(100 + seed))),
    );
    expect(matched).toBeLessThan(Math.min(...draws));
  });

  it('say so when they have nothing to go by', () => {
    expect(() => selectSamples('margin', 3, { labels: [0, 1, 0, 1], pinned: new Set() }, random)).toThrow(
      /margin/,
    );
  });
});
