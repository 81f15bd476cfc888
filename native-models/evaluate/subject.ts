import {
  anomalyLabels,
  attackedClassifier,
  attackedDetector,
  scoreByLogits,
} from '../attacks/attackedModel.ts';
import type { AttackedModel } from '../attacks/victim.ts';
import { readCard, type Thresholds } from '../detectors/card.ts';
import { evenThresholds } from '../detectors/classifierCalibration.ts';
import { ModelError } from '../errors.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { readClassifierCard } from '../training/classifierCard.ts';
import { goodLabel } from './evaluateDetector.ts';

/** A model to be measured, whichever kind it is: both are read as logits of an image in [0, 1]. */
export interface Subject {
  readonly kind: 'anomaly' | 'classifier';
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  readonly preprocess: Preprocess;
  /** Of the score. */
  readonly thresholds: Thresholds;
  /** Values that hold everything a training may change before them; null = up to the logits. */
  readonly features: readonly string[] | null;
  /** @param channels of the images: 1 where all are grey */
  attacked(channels: 1 | 3): AttackedModel;
  /**
   * Higher is more defective. Of an anomaly detector its score, of a classifier 1 − p(OK); null where no class means OK.
   * @param logits float32 [K] of one image
   */
  scoreOf(logits: Float32Array): number | null;
  /**
   * Class of an image by its label. A defect type the model has no class for is its class `ng`.
   * @throws ModelError `labelOutOfRange` where there is no such class either
   */
  classOf(image: { readonly name: string; readonly label: string }): number;
}

/**
 * Reads what a model says about itself.
 * @param thresholds instead of the model's own
 * @throws ModelError `modelUnreadable` where it carries no card, neither of a detector nor of a classifier
 */
export function subjectOf(model: Model, thresholds?: Thresholds | null): Subject {
  const card = readCard(model);
  if (card) {
    const detector = { ...card, thresholds: thresholds ?? card.thresholds };
    return {
      kind: 'anomaly',
      labels: anomalyLabels,
      preprocess: detector.preprocess,
      thresholds: detector.thresholds,
      // Of a classifier everything may be trained, its head too.
      features: detector.kind === 'classifier' ? null : detector.features,
      attacked: (channels) => attackedDetector(model, detector, channels),
      scoreOf: (logits) => scoreByLogits(logits, detector.thresholds),
      classOf: classIn(anomalyLabels),
    };
  }
  const classifier = readClassifierCard(model);
  if (!classifier) throw new ModelError('modelUnreadable', { reason: 'no card of Kenro in the metadata' });
  const { labels, preprocess } = classifier;
  const names = labels.map((label) => (meansGood(label) ? goodLabel : label));
  const ok = names.indexOf(goodLabel);
  return {
    kind: 'classifier',
    labels: names,
    preprocess,
    thresholds: thresholds ?? evenThresholds,
    features: null,
    attacked: (channels) => attackedClassifier(model, classifier, channels),
    scoreOf: (logits) => (ok < 0 ? null : probabilityOfOthers(logits, ok)),
    classOf: classIn(names),
  };
}

function meansGood(label: string): boolean {
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

/** 1 − softmax(logits)[one], without the loss of digits of that subtraction. */
function probabilityOfOthers(logits: Float32Array, one: number): number {
  const top = Math.max(...logits);
  let total = 0;
  let others = 0;
  logits.forEach((value, k) => {
    const part = Math.exp(value - top);
    total += part;
    if (k !== one) others += part;
  });
  return others / total;
}
