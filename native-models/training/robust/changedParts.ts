import { goodLabel } from '../../evaluate/evaluateDetector.ts';

/** What a model says of an undisturbed part. */
export interface JudgedPart {
  readonly name: string;
  /** `ok` or the type of defect. */
  readonly label: string;
  /** `OK`, `NG` or `REVIEW`; of a classifier without a class that means OK, the class. */
  readonly said: string;
  /** Higher is more defective; null of such a classifier, and of a part beyond the model's correction. */
  readonly score: number | null;
}

/** What became of a part, worst first: `…Error` is said of classifiers without a class that means OK. */
export const changeKinds = [
  'newEscape',
  'newFalseAlarm',
  'newError',
  'newReview',
  'fixedEscape',
  'fixedFalseAlarm',
  'fixedError',
  'fixedReview',
  'otherError',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A part of which one model says something else than the other. */
export interface ChangedPart extends Pick<JudgedPart, 'name' | 'label'> {
  readonly kind: ChangeKind;
  readonly before: Pick<JudgedPart, 'said' | 'score'>;
  readonly after: Pick<JudgedPart, 'said' | 'score'>;
}

/**
 * Parts whose verdict differs between two models, worst change first, among equals the largest step of the score.
 * @param before and `after`: the same parts in the same order
 */
export function changedParts(before: readonly JudgedPart[], after: readonly JudgedPart[]): ChangedPart[] {
  const pairs = before.map((one, at) => ({ one, other: after[at]! }));
  return pairs
    .filter(({ one, other }) => one.said !== other.said)
    .map(({ one, other }) => ({
      ...{ name: one.name, label: one.label, kind: kindOf(one, other) },
      before: { said: one.said, score: one.score },
      after: { said: other.said, score: other.score },
    }))
    .sort((one, other) => rank(one) - rank(other) || step(other) - step(one));
}

/** How wrong each verdict is, of a good part and of a defective one. */
const wrongness: Readonly<Record<'good' | 'defective', Readonly<Record<string, number>>>> = {
  good: { OK: 0, REVIEW: 1, NG: 2 },
  defective: { NG: 0, REVIEW: 1, OK: 2 },
};

function kindOf(before: JudgedPart, after: JudgedPart): ChangeKind {
  if (before.score === null) return classKind(before, after);
  const isGood = before.label === goodLabel;
  const from = wrongness[isGood ? 'good' : 'defective'][before.said]!;
  const to = wrongness[isGood ? 'good' : 'defective'][after.said]!;
  const worst = Math.max(from, to);
  const what = worst === 1 ? 'Review' : isGood ? 'FalseAlarm' : 'Escape';
  // A part that was wrong and now goes to review is mended; one that was right and now goes there is not yet wrong.
  return to > from ? `new${what}` : `fixed${what}`;
}

function classKind(before: JudgedPart, after: JudgedPart): ChangeKind {
  if (after.said === after.label) return 'fixedError';
  return before.said === before.label ? 'newError' : 'otherError';
}

const rank = ({ kind }: ChangedPart) => changeKinds.indexOf(kind);
const step = ({ before, after }: ChangedPart) => Math.abs((after.score ?? 0) - (before.score ?? 0));
