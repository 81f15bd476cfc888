import { describe, expect, it } from 'vitest';
import { chooseTypeThresholds, type SeenPart } from '../../../../native-models/detectors/typeThresholds.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { costModel } from '../evaluate/costModels.ts';

const costs = costModel({ falseAlarm: 1, escape: 100, review: 1, defectRate: 0.01 });
const common = { review: 0.5, ng: 0.5 };

/** Good parts around one score and defective ones around another, all looking most like `type`. */
function parts(type: string, good: number, defective: number, count = 20): SeenPart[] {
  const random = seededRandom(type.length);
  const of = (label: string, centre: number) =>
    Array.from({ length: count }, () => ({ label, type, score: centre + 0.03 * random.normal() }));
  return [...of('ok', good), ...of(type, defective)];
}

const choose = (seen: SeenPart[], types: string[]) => chooseTypeThresholds(seen, types, common, costs);

describe('thresholds of single defect types', () => {
  it('are chosen where those of the model cost more', () => {
    // Of one type everything scores low, of the other everything fits the model's threshold.
    const [faint, plain] = choose(
      [...parts('faint', 0.1, 0.3), ...parts('scratch', 0.2, 0.8)],
      ['faint', 'scratch'],
    );
    expect(faint).toMatchObject({ type: 'faint', reason: 'cheaper', good: 20, defective: 20 });
    expect(faint!.thresholds!.ng).toBeGreaterThan(0.15);
    expect(faint!.thresholds!.ng).toBeLessThan(0.25);
    expect(plain).toEqual({ type: 'scratch', reason: 'noGain', thresholds: null, good: 20, defective: 20 });
  });

  it('are those of the model where too few parts look like the type', () => {
    const few = choose(
      [...parts('faint', 0.1, 0.3, 4), ...parts('scratch', 0.2, 0.8)],
      ['faint', 'scratch', 'never'],
    );
    expect(few.map(({ reason, good }) => [reason, good])).toEqual([
      ['tooFewParts', 4],
      ['noGain', 20],
      ['tooFewParts', 0],
    ]);
  });

  it('follow what an escape of the type costs', () => {
    const random = seededRandom(5);
    const overlapping = Array.from({ length: 60 }, (_, at): SeenPart => {
      const label = at % 2 === 0 ? 'ok' : 'stain';
      return { label, type: 'stain', score: (label === 'ok' ? 0.35 : 0.45) + 0.05 * random.normal() };
    });
    const at = (escape: number) => {
      const priced = { ...costs, escapeByType: { stain: escape } };
      return chooseTypeThresholds(overlapping, ['stain'], common, priced)[0]!;
    };
    expect(at(1000).thresholds!.ng).toBeLessThan(at(60).thresholds!.ng);
  });

  it('count a part once, however often it was looked at, and look at it on one side only', () => {
    const looks = parts('faint', 0.1, 0.3, 4).flatMap((look, part) =>
      [0.5, 0.25, 0.25].map((weight) => ({ ...look, part, weight })),
    );
    const [faint] = choose(looks, ['faint']);
    expect(faint).toMatchObject({ reason: 'tooFewParts', good: 4, defective: 4 });
    const many = parts('faint', 0.1, 0.3).flatMap((look, part) =>
      [0.5, 0.25, 0.25].map((weight) => ({ ...look, part, weight })),
    );
    const [once] = choose(parts('faint', 0.1, 0.3), ['faint']);
    expect(choose(many, ['faint'])[0]).toEqual(once);
  });
});
