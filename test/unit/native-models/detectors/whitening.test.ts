import { describe, expect, it } from 'vitest';
import { CovarianceSums, whitening } from '../../../../native-models/detectors/whitening.ts';
import { seededRandom } from '../../../../native-models/random.ts';

describe('whitening', () => {
  it('brings correlated features of any scale to unit covariance', () => {
    const random = seededRandom(4);
    const rows = Array.from({ length: 5000 }, () => {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()] as const;
      return Float32Array.from([100 + 30 * a, 20 * a + 10 * b, -3 + 15 * c + 10 * b]);
    });
    const sums = new CovarianceSums(3);
    rows.forEach((row) => sums.add(row));
    const { matrix, offset } = whitening(sums, 1e-6);
    const after = new CovarianceSums(3);
    for (const row of rows) {
      after.add(
        Float32Array.from(
          offset,
          (shift, i) => shift + row.reduce((sum, value, j) => sum + matrix[3 * i + j]! * value, 0),
        ),
      );
    }
    const covariance = after.covariance();
    for (let i = 0; i < 3; i++) {
      expect(after.mean()[i]).toBeCloseTo(0, 3);
      for (let j = 0; j <= i; j++) expect(covariance[3 * i + j]).toBeCloseTo(i === j ? 1 : 0, 2);
    }
  });

  it('leaves features that never vary finite', () => {
    const sums = new CovarianceSums(2);
    for (let i = 0; i < 10; i++) sums.add(Float32Array.from([7, 7]));
    expect([...whitening(sums, 0.01).matrix].every(Number.isFinite)).toBe(true);
  });
});
