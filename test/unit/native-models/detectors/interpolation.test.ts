import { describe, expect, it } from 'vitest';
import { interpolationMatrix } from '../../../../native-models/detectors/interpolation.ts';

describe('interpolationMatrix', () => {
  it('follows the half-pixel rule when it refines', () => {
    expect([...interpolationMatrix(2, 4, 'rows')]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1]);
  });

  it('averages when it coarsens', () => {
    expect([...interpolationMatrix(4, 2, 'rows')]).toEqual([0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5]);
  });

  it.each([
    [3, 7],
    [7, 3],
    [5, 5],
  ])('keeps a constant constant from %i to %i, in both layouts', (from, to) => {
    const rows = interpolationMatrix(from, to, 'rows');
    const columns = interpolationMatrix(from, to, 'columns');
    for (let t = 0; t < to; t++) {
      let sum = 0;
      for (let f = 0; f < from; f++) {
        sum += rows[t * from + f]!;
        expect(columns[f * to + t]).toBe(rows[t * from + f]);
      }
      expect(sum).toBeCloseTo(1, 6);
    }
  });
});
