import type { CostModel } from '../evaluate/costs.ts';
import { goodLabel } from '../evaluate/evaluateDetector.ts';
import { wilsonRate, type Rate } from '../evaluate/rates.ts';
import type { ReferenceScore } from '../evaluate/reference.ts';
import { largest } from '../training/logits.ts';
import type { Thresholds } from './card.ts';
import { crossEntropyAt, fitTemperature, type HeldOutLogits } from './temperature.ts';
import { chooseTypeThresholds, type SeenPart, type TypeChoice } from './typeThresholds.ts';
import { thresholdsFromBoth, thresholdsFromGood, upperQuantile, type ScoreQuantile } from './thresholds.ts';

/** What held-out parts say about a classifier. */
export interface ClassifierCalibration {
  readonly temperature: number;
  readonly thresholds: Thresholds;
  /** 95 % interval of the score that 99 % of good parts stay below; null with fewer than two good parts. */
  readonly thresholdInterval: readonly [number, number] | null;
  /** Parts put into their own class; null without parts. Choosing the temperature does not change it. */
  readonly accuracy: Rate | null;
  /** Mean cross-entropy in nats before and after the temperature; null without parts. */
  readonly crossEntropy: { readonly before: number; readonly after: number } | null;
  /** How each defect type came to its thresholds; empty where no costs were stated. */
  readonly types: readonly TypeChoice[];
}

/** What thresholds of single defect types are chosen by. */
export interface ByType {
  /** Name of each class. */
  readonly labels: readonly string[];
  readonly costs: CostModel;
}

/**
 * Where a classifier says OK while nothing is known of parts: it is at least as sure of that as of everything else
 * together.
 */
export const evenThresholds: Thresholds = { review: 0.5, ng: 0.5 };

/**
 * Temperature and thresholds from parts the classifier has not learned from. Thresholds are chosen as those of any
 * detector (`thresholdsFromBoth`, `thresholdsFromGood`); with fewer than two good parts they are even.
 * @param isOk which of the classes mean OK
 * @param byType absent = every type is judged by the thresholds of all
 */
export function calibrateClassifier(
  heldOut: HeldOutLogits,
  isOk: readonly boolean[],
  byType: ByType | null = null,
): ClassifierCalibration {
  const temperature = fitTemperature(heldOut);
  const scores = heldOut.logits.map((row) => defectProbability(row, isOk, temperature));
  const good = scores.filter((_, at) => isOk[heldOut.labels[at]!]);
  const defective = scores.filter((_, at) => !isOk[heldOut.labels[at]!]);
  const quantile = good.length < 2 ? null : asProbabilities(upperQuantile(good));
  const thresholds = chosen(good, defective, quantile);
  const right = heldOut.logits.filter((row, at) => largest(row) === heldOut.labels[at]).length;
  return {
    temperature,
    thresholds,
    types: byType ? typesOf(heldOut, scores, isOk, thresholds, byType) : [],
    thresholdInterval: quantile?.interval ?? null,
    accuracy: wilsonRate(right, scores.length),
    crossEntropy:
      scores.length === 0
        ? null
        : { before: crossEntropyAt(heldOut, 1), after: crossEntropyAt(heldOut, temperature) },
  };
}

function typesOf(
  { logits, labels: truth }: HeldOutLogits,
  scores: readonly number[],
  isOk: readonly boolean[],
  common: Thresholds,
  { labels, costs }: ByType,
): TypeChoice[] {
  const defects = labels.flatMap((_, at) => (isOk[at] ? [] : [at]));
  const parts = logits.map((row, part): SeenPart => {
    const type = defects.reduce((best, at) => (row[at]! > row[best]! ? at : best));
    const own = truth[part]!;
    return { label: isOk[own] ? goodLabel : labels[own]!, type: labels[type]!, score: scores[part]! };
  });
  return chooseTypeThresholds(
    parts,
    defects.map((at) => labels[at]!),
    common,
    costs,
  );
}

/** Those of the types that have some of their own. */
export function thresholdsByLabel(types: readonly TypeChoice[]): Record<string, Thresholds> {
  return Object.fromEntries(
    types.flatMap(({ type, thresholds }) => (thresholds ? [[type, thresholds]] : [])),
  );
}

/** Sum of the probabilities of the classes that do not mean OK: the score of the detector's graph. */
export function defectProbability(
  logits: Float32Array,
  isOk: readonly boolean[],
  temperature: number,
): number {
  const top = logits[largest(logits)]!;
  let total = 0;
  let defects = 0;
  logits.forEach((value, at) => {
    const weight = Math.exp((value - top) / temperature);
    total += weight;
    if (!isOk[at]) defects += weight;
  });
  return defects / total;
}

/** Scores and likeliest defects of held-out parts, as the classifier gives them with this temperature. */
export function referenceOf(
  names: readonly string[],
  logits: readonly Float32Array[],
  { labels, isOk, temperature }: { labels: readonly string[]; isOk: readonly boolean[]; temperature: number },
): ReferenceScore[] {
  return logits.map((row, at) => {
    const defects = row.map((value, index) => (isOk[index] ? -Infinity : value));
    const score = defectProbability(row, isOk, temperature);
    return { name: names[at]!, score, label: labels[largest(defects)]! };
  });
}

function chosen(
  good: readonly number[],
  defective: readonly number[],
  quantile: ScoreQuantile | null,
): Thresholds {
  if (!quantile) return evenThresholds;
  return defective.length > 0 ? thresholdsFromBoth(good, defective, quantile) : thresholdsFromGood(quantile);
}

/** Its tail may be extrapolated beyond 1, which no score reaches. */
function asProbabilities({ value, interval }: ScoreQuantile): ScoreQuantile {
  const most = (score: number) => Math.min(1, score);
  return { value: most(value), interval: [most(interval[0]), most(interval[1])] };
}
