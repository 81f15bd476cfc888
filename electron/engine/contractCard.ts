import type { Classes, Preprocess } from '../contract/domain.ts';
import type { ModelCard } from '../contract/engine.ts';
import type {
  Classes as DetectorClasses,
  ModelCard as DetectorCard,
} from '../../native-models/detectors/card.ts';
import type { Preprocess as DetectorPreprocess } from '../../native-models/images/preprocess.ts';

/** The model engine's lists cannot be changed, the contract's can: the same content in fresh arrays. */
export function contractCard(card: DetectorCard): ModelCard {
  const { classes, ...plain } = card;
  return {
    ...plain,
    preprocess: contractPreprocess(card.preprocess),
    thresholds: { ...card.thresholds },
    thresholdInterval: card.thresholdInterval && [...card.thresholdInterval],
    features: [...card.features],
    ...(classes ? { classes: contractClasses(classes) } : {}),
  };
}

export function contractClasses({ labels, okLabels, temperature }: DetectorClasses): Classes {
  return { labels: [...labels], okLabels: [...okLabels], temperature };
}

export function contractPreprocess(spec: DetectorPreprocess): Preprocess {
  return { ...spec, size: [...spec.size], mean: [...spec.mean], std: [...spec.std] };
}
