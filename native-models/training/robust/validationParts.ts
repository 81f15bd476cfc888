import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import type { Subject } from '../../evaluate/subject.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import type { Sides } from './prepareFineTune.ts';
import { syntheticPart } from './robustSource.ts';
import type { FineTuneSettings } from './settings.ts';

/** Shares of the fine-tuned weights that `recover-clean` tries. */
export const mixtures = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * What epochs are compared on. Good parts alone would favour a detector that finds nothing any more, so that where
 * there are no defects, synthetic ones stand in for them; thresholds and reported figures know only real parts.
 */
export function validationParts(
  subject: Subject,
  { validation }: Pick<Sides, 'validation'>,
  seed: number,
): readonly SurveyedImage[] {
  const isOneSided = validation.every(({ label }) => label === goodLabel);
  return subject.kind === 'anomaly' && isOneSided
    ? [...validation, ...validation.map((image) => syntheticPart(image, seed))]
    : validation;
}

/** How often weights are validated where no patience ends the training early: those given, each epoch's, each mixture's. */
export function validationPasses({ layers }: Pick<FineTuneSettings, 'layers'>, epochs: number): number {
  return 1 + epochs + (layers === 'recover-clean' ? mixtures.length : 0);
}
