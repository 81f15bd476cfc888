import { attackedClasses, attackedClassifier, attackedDetector } from '../../attacks/attackedModel.ts';
import type { AttackedModel } from '../../attacks/victim.ts';
import { readCard } from '../../detectors/card.ts';
import { ModelError } from '../../errors.ts';
import { meansGood } from '../../evaluate/subject.ts';
import type { Model } from '../../onnx/ir.ts';
import { readClassifierCard } from '../../training/classifierCard.ts';
import { scoreLayout, type KnownBackbone, type ScoreLayout } from './scoreLayout.ts';

/** What of a model is probed: the logits of its classes; of an anomaly detector those of its verdict. */
export interface ProbedModel {
  readonly kind: 'anomaly' | 'classifier';
  readonly labels: readonly string[];
  readonly isOk: readonly boolean[];
  /** @param channels of the parts' pictures: 1 where all are grey */
  readonly attacked: (channels: 1 | 3) => AttackedModel;
  /** See `scoreLayout`; null of a network that only names classes. */
  readonly layout: (backbones: readonly KnownBackbone[]) => ScoreLayout | null;
}

/** @throws ModelError `modelUnreadable` for a network that is no model of Kenro's; `headUnsupported`; `noOkClass` */
export function probedModel(model: Model): ProbedModel {
  const card = readCard(model);
  if (!card) return trainedClassifier(model);
  const layout = (backbones: readonly KnownBackbone[]) => scoreLayout(model, card, backbones);
  const { classes, preprocess, thresholds } = card;
  if (!classes) {
    return {
      ...{ kind: 'anomaly', labels: ['OK', 'NG'], isOk: [true, false], layout },
      attacked: (channels) => attackedDetector(model, card, thresholds, channels),
    };
  }
  const { labels, okLabels } = classes;
  return {
    ...{ kind: 'classifier', labels, isOk: labels.map((label) => okLabels.includes(label)), layout },
    attacked: (channels) => attackedClasses(model, preprocess, labels.length, channels),
  };
}

function trainedClassifier(model: Model): ProbedModel {
  const card = readClassifierCard(model);
  if (!card) throw new ModelError('modelUnreadable', { reason: 'no card of Kenro in the metadata' });
  const isOk = card.labels.map(meansGood);
  if (!isOk.includes(true)) throw new ModelError('noOkClass');
  return {
    ...{ kind: 'classifier', labels: card.labels, isOk, layout: () => null },
    attacked: (channels) => attackedClassifier(model, card, channels),
  };
}
