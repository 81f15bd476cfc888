import type { DriftAdvice, DriftFeature, FeatureMove } from '../../contract/drift.ts';

/** What a feature that moved first asks for. A softer picture is a soiled lens, or one that has moved. */
const adviceFor: Readonly<Record<DriftFeature, DriftAdvice>> = {
  brightness: 'light',
  contrast: 'light',
  sharpness: 'lens',
  noise: 'camera',
  positionX: 'holder',
  positionY: 'holder',
  score: 'retrain',
};

/**
 * What to do about a drift. The picture comes before the score, which moves with it; a score that moves alone, or
 * features that only do so together, say that the parts themselves have changed.
 * @param features those that moved first
 */
export function adviceOn(features: readonly Pick<FeatureMove, 'feature' | 'hasMoved'>[]): DriftAdvice {
  const moved = features.filter(({ hasMoved }) => hasMoved).map(({ feature }) => feature);
  const first = moved.find((feature) => feature !== 'score');
  if (first === undefined) return 'retrain';
  // Haze on the lens takes contrast and sharpness together.
  if (first === 'contrast' && moved.includes('sharpness')) return 'lens';
  return adviceFor[first];
}
