import { describe, expect, it } from 'vitest';
import { chooseReference, referenceParts } from '../../../../native-models/evaluate/reference.ts';

const parts = Array.from({ length: 200 }, (_, at) => {
  return { name: `part ${String(at).padStart(3, '0')}`, score: at / 100, label: null };
});

describe('chooseReference', () => {
  it('keeps a few: the parts nearest to the threshold, and others from the lowest to the highest score', () => {
    const scores = chooseReference(parts, 1.5).map(({ score }) => score);
    expect(scores).toHaveLength(referenceParts);
    expect(scores).toEqual(expect.arrayContaining([1.48, 1.49, 1.5, 1.51, 1.52, 0, 1.99]));
    expect(scores.filter((score) => score < 1).length).toBeGreaterThan(3);
  });

  it('keeps all of few, each name once, and none without a number', () => {
    const odd = { name: 'odd', score: NaN, label: null };
    const few = [parts[1]!, parts[0]!, { ...parts[1]!, score: 9 }, odd];
    expect(chooseReference(few, 1)).toEqual([parts[0], parts[1]]);
    expect(chooseReference([], 1)).toEqual([]);
  });

  it('does not depend on the order of the parts', () => {
    expect(chooseReference(parts.toReversed(), 0.7)).toEqual(chooseReference(parts, 0.7));
  });
});
