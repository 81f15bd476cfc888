import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../../native-models/errors.ts';
import { summarise, type EvaluatedImage } from '../../../../native-models/evaluate/evaluateDetector.ts';

const image = (label: string, score: number | null, verdict: EvaluatedImage['verdict']): EvaluatedImage => ({
  name: `${label} ${score}`,
  label,
  score,
  verdict,
  error: score === null ? new ModelError('imageUnreadable') : null,
});

describe('summarise', () => {
  const evaluation = summarise(
    [
      image('ok', 1, 'OK'),
      image('ok', 2, 'OK'),
      image('ok', 5, 'REVIEW'),
      image('ok', 9, 'NG'),
      image('crack', 8, 'NG'),
      image('crack', 6, 'REVIEW'),
      image('dent', 3, 'OK'),
      image('dent', null, 'REVIEW'),
    ],
    { review: 4, ng: 7 },
  );

  it('counts a review neither as false alarm nor as escape, and as not right', () => {
    expect(evaluation.accuracy).toMatchObject({ hits: 3, of: 8 });
    expect(evaluation.falseAlarms).toMatchObject({ hits: 1, of: 4 });
    expect(evaluation.escapes).toMatchObject({ hits: 1, of: 4 });
    expect(evaluation.reviews).toMatchObject({ hits: 3, of: 8 });
  });

  it('ranks only what was scored', () => {
    // Pairs won: crack 8 over 3 of 4, crack 6 over 3, dent 3 over 2.
    expect(evaluation.auroc!.value).toBeCloseTo(8 / 12, 12);
    expect(evaluation.byLabel.map(({ label, images, auroc }) => [label, images, auroc])).toEqual([
      ['crack', 2, 6 / 8],
      ['dent', 2, 2 / 4],
      ['ok', 4, null],
    ]);
  });
});
