import { describe, expect, it } from 'vitest';
import {
  changedParts,
  type ChangeKind,
  type JudgedPart,
} from '../../../../../native-models/training/robust/changedParts.ts';

const part = (label: string, said: string, score: number | null = 0.5): JudgedPart => ({
  ...{ name: `${label} ${said}`, label, said, score },
});

describe('parts whose verdict changed', () => {
  it.each<[string, string, string, ChangeKind]>([
    ['ok', 'OK', 'NG', 'newFalseAlarm'],
    ['ok', 'REVIEW', 'NG', 'newFalseAlarm'],
    ['ok', 'OK', 'REVIEW', 'newReview'],
    ['ok', 'NG', 'OK', 'fixedFalseAlarm'],
    ['ok', 'NG', 'REVIEW', 'fixedFalseAlarm'],
    ['ok', 'REVIEW', 'OK', 'fixedReview'],
    ['crack', 'NG', 'OK', 'newEscape'],
    ['crack', 'REVIEW', 'OK', 'newEscape'],
    ['crack', 'NG', 'REVIEW', 'newReview'],
    ['crack', 'OK', 'NG', 'fixedEscape'],
    ['crack', 'OK', 'REVIEW', 'fixedEscape'],
    ['crack', 'REVIEW', 'NG', 'fixedReview'],
  ])('a part that is %s and went from %s to %s is a %s', (label, before, after, kind) => {
    expect(changedParts([part(label, before)], [part(label, after)])).toMatchObject([{ label, kind }]);
  });

  it.each<[string, string, ChangeKind]>([
    ['rust', 'dent', 'newError'],
    ['dent', 'rust', 'fixedError'],
    ['dent', 'scratch', 'otherError'],
  ])('without a class for OK, rust called %s and then %s is a %s', (before, after, kind) => {
    const changed = changedParts([part('rust', before, null)], [part('rust', after, null)]);
    expect(changed).toMatchObject([{ kind, before: { said: before }, after: { said: after, score: null } }]);
  });

  it('leaves out those that stay as they were, and begins with the worst and then the largest step', () => {
    const before = [
      part('ok', 'OK', 0.1),
      part('ok', 'NG', 0.8),
      part('crack', 'NG', 0.7),
      part('crack', 'NG', 0.9),
    ];
    const after = [
      part('ok', 'OK', 0.3),
      part('ok', 'OK', 0.2),
      part('crack', 'OK', 0.4),
      part('crack', 'OK', 0.1),
    ];
    const changed = changedParts(before, after);
    expect(changed.map(({ kind, before: { score } }) => [kind, score])).toEqual([
      ['newEscape', 0.9],
      ['newEscape', 0.7],
      ['fixedFalseAlarm', 0.8],
    ]);
  });
});
