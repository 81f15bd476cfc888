import type { Classes, Preprocess } from '../contract/domain.ts';
import { CorrectionRecord } from '../contract/correction.ts';
import type { ModelCard } from '../contract/engine.ts';
import type { Limits } from '../contract/verdict.ts';
import type {
  Classes as DetectorClasses,
  ModelCard as DetectorCard,
} from '../../native-models/detectors/card.ts';
import type { CorrectionRecord as DetectorCorrection } from '../../native-models/detectors/correctionRecord.ts';
import type { Limits as DetectorLimits } from '../../native-models/detectors/verdict.ts';
import type { Preprocess as DetectorPreprocess } from '../../native-models/images/preprocess.ts';

/** The model engine's lists cannot be changed, the contract's can: the same content in fresh arrays. */
export function contractCard(card: DetectorCard): ModelCard {
  const { classes, correction, ...plain } = card;
  return {
    ...plain,
    preprocess: contractPreprocess(card.preprocess),
    thresholds: { ...card.thresholds },
    thresholdInterval: card.thresholdInterval && [...card.thresholdInterval],
    features: [...card.features],
    ...(classes ? { classes: contractClasses(classes), ...contractOwn(classes) } : {}),
    ...(correction ? { correction: contractCorrection(correction) } : {}),
  };
}

export function contractClasses({ labels, okLabels, temperature }: DetectorClasses): Classes {
  return { labels: [...labels], okLabels: [...okLabels], temperature };
}

function contractOwn({ thresholdsByLabel }: DetectorClasses): Pick<ModelCard, 'thresholdsByLabel'> {
  return thresholdsByLabel ? { thresholdsByLabel: { ...thresholdsByLabel } } : {};
}

export function contractLimits({ review, ng, byType }: DetectorLimits): Limits {
  return { review, ng, ...(byType ? { byType: { ...byType } } : {}) };
}

/** Checked and without what the contract does not know; the lists are fresh ones. */
export function contractCorrection(record: DetectorCorrection): CorrectionRecord {
  return CorrectionRecord.parse(record);
}

/** Without the reference picture of a correction, which stays in the file. */
export function contractPreprocess({ correction: _, ...spec }: DetectorPreprocess): Preprocess {
  return { ...spec, size: [...spec.size], mean: [...spec.mean], std: [...spec.std] };
}
