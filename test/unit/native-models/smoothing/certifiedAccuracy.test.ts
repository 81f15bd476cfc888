import { describe, expect, it } from 'vitest';
import { certifiedAccuracy } from '../../../../native-models/smoothing/certifiedAccuracy.ts';

const outcomes = [
  { isRight: true, abstained: false, radius: 0.3 },
  { isRight: true, abstained: false, radius: 0.1 },
  { isRight: false, abstained: false, radius: 0.9 },
  { isRight: true, abstained: true, radius: 0 },
];

describe('certifiedAccuracy', () => {
  it('counts what is right and certified at least that far', () => {
    const hits = [0, 0.1, 0.2, 0.3, 0.4].map((radius) => certifiedAccuracy(outcomes, radius)!.hits);
    expect(hits).toEqual([2, 2, 1, 1, 0]);
    expect(certifiedAccuracy(outcomes, 0)).toMatchObject({ value: 0.5, of: 4 });
  });

  it('says nothing of no parts', () => {
    expect(certifiedAccuracy([], 0)).toBeNull();
  });
});
