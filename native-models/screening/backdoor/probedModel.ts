import { attackedClasses, attackedDetector } from '../../attacks/attackedModel.ts';
import type { AttackedModel } from '../../attacks/victim.ts';
import { readCard } from '../../detectors/card.ts';
import { ModelError } from '../../errors.ts';
import type { Model } from '../../onnx/ir.ts';

/** What of a detector is probed: the logits of its classes; of an anomaly detector those of its verdict. */
export interface ProbedModel {
  readonly labels: readonly string[];
  readonly isOk: readonly boolean[];
  /** @param channels of the parts' pictures: 1 where all are grey */
  readonly attacked: (channels: 1 | 3) => AttackedModel;
}

/** @throws ModelError `modelUnreadable` for a network that is no detector of Kenro's */
export function probedModel(model: Model): ProbedModel {
  const card = readCard(model);
  if (!card) throw new ModelError('modelUnreadable', { reason: 'no card of Kenro in the metadata' });
  const { classes, preprocess, thresholds } = card;
  if (!classes) {
    return {
      ...{ labels: ['OK', 'NG'], isOk: [true, false] },
      attacked: (channels) => attackedDetector(model, card, thresholds, channels),
    };
  }
  const { labels, okLabels } = classes;
  return {
    ...{ labels, isOk: labels.map((label) => okLabels.includes(label)) },
    attacked: (channels) => attackedClasses(model, preprocess, labels.length, channels),
  };
}
