import type { Preprocess } from '../contract/domain.ts';
import type { ModelCard } from '../contract/engine.ts';
import type { ModelCard as DetectorCard } from '../../native-models/detectors/card.ts';
import type { Preprocess as DetectorPreprocess } from '../../native-models/images/preprocess.ts';

/** The model engine's lists cannot be changed, the contract's can: the same content in fresh arrays. */
export function contractCard(card: DetectorCard): ModelCard {
  return {
    ...card,
    preprocess: contractPreprocess(card.preprocess),
    thresholds: { ...card.thresholds },
    thresholdInterval: card.thresholdInterval && [...card.thresholdInterval],
    features: [...card.features],
  };
}

export function contractPreprocess(spec: DetectorPreprocess): Preprocess {
  return { ...spec, size: [...spec.size], mean: [...spec.mean], std: [...spec.std] };
}
