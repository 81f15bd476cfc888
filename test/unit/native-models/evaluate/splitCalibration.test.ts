import { describe, expect, it } from 'vitest';
import { splitCalibration } from '../../../../native-models/evaluate/splitCalibration.ts';
import { seededRandom } from '../../../../native-models/random.ts';

describe('splitCalibration', () => {
  const samples = Array.from({ length: 400 }, (_, id) => ({
    id,
    label: id % 8 === 0 ? 'crack' : 'ok',
    group: `lot ${Math.floor(id / 5)}`,
  }));
  const split = splitCalibration(samples, { validation: 0.25, test: 0.25 }, seededRandom(1));
  const sides = [split.calibration, split.validation, split.test];

  it('deals every image once, in the shares asked for', () => {
    expect(
      sides
        .flat()
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    ).toEqual(samples.map(({ id }) => id));
    for (const [at, share] of [0.5, 0.25, 0.25].entries()) {
      expect(Math.abs(sides[at]!.length / 400 - share)).toBeLessThan(0.03);
    }
  });

  it('never parts a group, and has every class on every side', () => {
    const groups = sides.map((side) => new Set(side.map(({ group }) => group)));
    expect(new Set(groups.flatMap((own) => [...own])).size).toBe(
      groups[0]!.size + groups[1]!.size + groups[2]!.size,
    );
    for (const side of sides) expect(new Set(side.map(({ label }) => label)).size).toBe(2);
  });
});
