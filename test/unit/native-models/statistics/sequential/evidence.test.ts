import { describe, expect, it } from 'vitest';
import {
  anytimeP,
  eValue,
  isRejected,
  noEvidence,
  withWealth,
} from '../../../../../native-models/statistics/sequential/evidence.ts';

describe('Evidence', () => {
  const evidence = withWealth(withWealth(noEvidence, Math.log(20)), Math.log(4));

  it('keeps the highest wealth, which the p-value and the rejection rest on', () => {
    expect(eValue(evidence)).toBeCloseTo(4);
    expect(anytimeP(evidence)).toBeCloseTo(0.05);
    expect(isRejected(evidence, 0.0501)).toBe(true);
    expect(isRejected(evidence, 0.0499)).toBe(false);
  });

  it('survives the way through JSON, even where the e-value is beyond a number', () => {
    const large = withWealth(noEvidence, 2000);
    expect(JSON.parse(JSON.stringify(large))).toEqual(large);
    expect(eValue(large)).toBe(Number.MAX_VALUE);
  });
});
