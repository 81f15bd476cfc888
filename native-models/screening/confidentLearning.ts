import type { Random } from '../random.ts';
import { dealFolds } from './folds.ts';
import { fitLogistic, probabilitiesOf } from './logistic.ts';
import { noPace, type Pace, type ScreenedRows } from './rows.ts';

/** What a classifier that never saw a part says of it. */
export interface OutOfFold {
  /** Probability of the stated class, 0..1. */
  readonly own: number;
  /** The likeliest of the other classes, and its probability. */
  readonly other: string;
  readonly otherProbability: number;
  /** Counted off the diagonal of the confident joint: confidently of another class. */
  readonly isIssue: boolean;
}

const folds = 5;

/**
 * Confident learning (Northcutt, Jiang & Chuang, JAIR 2021, equations 1 and 2): out-of-fold probabilities of a
 * logistic regression; a part is counted to the class with the largest probability among those that reach their own
 * threshold, the mean self-confidence of the class. Parts counted to another class than stated are issues.
 * @param rows whitened features
 * @param labels of at least two classes
 */
export async function confidentLearning(
  { rows, labels, groups }: ScreenedRows,
  random: Random,
  pace: Pace = noPace,
): Promise<OutOfFold[]> {
  const names = [...new Set(labels)].sort();
  const classes = labels.map((label) => names.indexOf(label));
  const fold = dealFolds(labels, groups, folds, random);
  const probabilities = new Array<Float64Array>(rows.length);
  for (let own = 0; own < folds; own++) {
    await pace(own / folds);
    const train = [...rows.keys()].filter((at) => fold[at] !== own);
    const model = fitLogistic(
      train.map((at) => rows[at]!),
      train.map((at) => classes[at]!),
      names.length,
    );
    for (const at of rows.keys()) if (fold[at] === own) probabilities[at] = probabilitiesOf(model, rows[at]!);
  }
  return counted(probabilities, classes, names);
}

function counted(
  probabilities: readonly Float64Array[],
  classes: readonly number[],
  names: readonly string[],
): OutOfFold[] {
  const thresholds = names.map((_, k) => {
    const own = probabilities.filter((_p, at) => classes[at] === k);
    return own.reduce((sum, p) => sum + p[k]!, 0) / Math.max(1, own.length);
  });
  return probabilities.map((p, at) => {
    const own = classes[at]!;
    const order = names.map((_, k) => k).sort((one, other) => p[other]! - p[one]!);
    const counts = order.find((k) => p[k]! >= thresholds[k]!);
    const other = order.find((k) => k !== own)!;
    return {
      own: p[own]!,
      other: names[other]!,
      otherProbability: p[other]!,
      isIssue: counts !== undefined && counts !== own,
    };
  });
}
