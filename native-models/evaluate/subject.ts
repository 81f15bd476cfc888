import {
  attackedClassifier,
  attackedDetector,
  attackedJudge,
  scoreByLogits,
  verdictLabels,
  verdictModel,
} from '../attacks/attackedModel.ts';
import type { AttackedModel } from '../attacks/victim.ts';
import { readCard, type Classes, type ModelCard } from '../detectors/card.ts';
import { defectProbability, evenThresholds } from '../detectors/classifierCalibration.ts';
import { likeliestDefect } from '../detectors/detector.ts';
import type { Limits } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { readClassifierCard } from '../training/classifierCard.ts';
import { goodLabel, limitsOfCard } from './evaluateDetector.ts';

/** A model to be measured, whichever kind it is: all are read as logits of an image in [0, 1]. */
export interface Subject {
  readonly kind: 'anomaly' | 'classifier';
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  readonly preprocess: Preprocess;
  /** Of the score. */
  readonly limits: Limits;
  /** Defect types that may have thresholds of their own on the line; none of a detector that names no types. */
  readonly types: readonly string[];
  /** Whether it has a score, and verdicts with it: not a classifier without a class that means OK. */
  readonly hasScore: boolean;
  /** Values that hold everything a training may change before them; null = up to the logits. */
  readonly features: readonly string[] | null;
  /** @param channels of the images: 1 where all are grey */
  attacked(channels: 1 | 3): AttackedModel;
  /**
   * The same model as its verdict alone, where that can stay while the class changes and the other way round; null where
   * its classes are the verdict, or it has none.
   */
  ofVerdict(attacked: AttackedModel): AttackedModel | null;
  /**
   * Score and likeliest defect type. Of an anomaly detector its score, of a classifier 1 − p(OK), higher is more
   * defective; null where no class means OK. The type is null where the model names none.
   * @param reading float32 of one image, see `Victim.read`
   */
  read(reading: Float32Array): { readonly score: number | null; readonly type: string | null };
  /**
   * Class of an image by its label. A defect type the model has no class for is its class `ng`.
   * @throws ModelError `labelOutOfRange` where there is no such class either
   */
  classOf(image: { readonly name: string; readonly label: string }): number;
}

/**
 * Reads what a model says about itself.
 * @param limits instead of the model's own, of single defect types too
 * @throws ModelError `modelUnreadable` where it carries no card, neither of a detector nor of a classifier
 */
export function subjectOf(model: Model, limits?: Limits | null): Subject {
  const card = readCard(model);
  if (card) {
    const own = limits ?? limitsOfCard(card);
    return card.classes ? judge(model, card, card.classes, own) : anomalyDetector(model, card, own);
  }
  const classifier = readClassifierCard(model);
  if (!classifier) throw new ModelError('modelUnreadable', { reason: 'no card of Kenro in the metadata' });
  const { labels, preprocess } = classifier;
  const names = labels.map((label) => (meansGood(label) ? goodLabel : label));
  const own = limits ?? evenThresholds;
  const isOk = names.map((name) => name === goodLabel);
  const hasScore = isOk.includes(true) && isOk.includes(false);
  const classes = { labels: names, okLabels: [goodLabel], temperature: 1 };
  // Of two classes the likelier one is the verdict.
  const isVerdict = names.length === 2 && own.review === 0.5 && own.ng === 0.5;
  return {
    ...{ kind: 'classifier', labels: names, preprocess, limits: own, types: [], hasScore, features: null },
    attacked: (channels) => attackedClassifier(model, classifier, channels),
    ofVerdict: (attacked) =>
      hasScore && !isVerdict
        ? verdictModel(attacked, { labels: names, isOk, temperature: 1, limits: own })
        : null,
    read: (logits) => (hasScore ? readClasses(logits, classes, isOk) : { score: null, type: null }),
    classOf: classIn(names),
  };
}

function anomalyDetector(model: Model, card: ModelCard, limits: Limits): Subject {
  return {
    ...ofDetector(card, limits),
    types: [],
    features: card.features,
    attacked: (channels) => attackedDetector(model, card, limits, channels),
    read: (logits) => ({ score: scoreByLogits(logits, limits), type: null }),
  };
}

/** A classifier that judges on the line: its classes are OK and NG, its defect types are read beside them. */
function judge(model: Model, card: ModelCard, classes: Classes, limits: Limits): Subject {
  const { labels, okLabels, temperature } = classes;
  const isOk = labels.map((label) => okLabels.includes(label));
  return {
    ...ofDetector(card, limits),
    types: labels.filter((_, at) => !isOk[at]),
    // Everything may be trained, its head too.
    features: null,
    attacked: (channels) =>
      attackedJudge(model, card.preprocess, { labels, isOk, temperature, limits }, channels),
    read: (logits) => readClasses(logits, classes, isOk),
  };
}

function ofDetector({ preprocess }: ModelCard, limits: Limits) {
  return {
    ...{ kind: 'anomaly' as const, labels: verdictLabels, preprocess, limits, hasScore: true },
    ofVerdict: () => null,
    classOf: classIn(verdictLabels),
  };
}

function readClasses(logits: Float32Array, classes: Classes, isOk: readonly boolean[]) {
  return {
    score: defectProbability(logits, isOk, classes.temperature),
    type: likeliestDefect(logits, classes),
  };
}

/** Whether a class that somebody named means OK. */
export function meansGood(label: string): boolean {
  return /^(good|ok)$/i.test(label.trim());
}

function classIn(names: readonly string[]): Subject['classOf'] {
  const others = names.findIndex((name) => /^ng$/i.test(name));
  return ({ name, label }) => {
    const own = names.indexOf(label);
    if (own >= 0) return own;
    if (label !== goodLabel && others >= 0) return others;
    throw new ModelError('labelOutOfRange', { name, label, classes: names.join(', ') });
  };
}
