import { syntheticAnomaly } from '../images/anomalies/syntheticAnomaly.ts';
import { evenly } from '../evenly.ts';
import { hash32, seededRandom } from '../random.ts';
import { stratifiedSplit } from '../training/split.ts';
import { tryCorrections, untold, type CorrectionChoice, type TrialOptions } from './correctionTrial.ts';
import { teachAnomalyDetector, type ImageLoader, type TeachOptions } from './teach.ts';
import { teachClassifier, type ClassifiedImage, type TeachClassifierOptions } from './teachClassifier.ts';

/** Fewer good parts than this cannot be shared out between teaching and measuring. */
export const fewestForTrial = 40;
/** Teaching for a trial takes no more parts, of a class, nor a larger memory. */
const mostTaught = 120;
const trialMemory = 1000;
const measuredShare = 1 / 4;
const mostMeasured = 30;
/** Measured parts come in so many stretches: neighbours on the line resemble each other. */
const stretches = 4;

/**
 * What an anomaly detector of these parts should correct, measured on some of the good parts, which teach nothing, and on
 * the defective ones; where there are none, synthetic defects stand in for them.
 * @throws ModelError as `tryCorrections` and `teachAnomalyDetector`
 */
export async function chooseCorrection(
  options: Omit<TeachOptions, 'correction' | 'onProgress'> & TrialOptions,
): Promise<CorrectionChoice> {
  const { good, ng = [], seed } = options;
  if (good.length < fewestForTrial) return untold;
  const { taught, measured } = shareOut(good);
  const isSynthetic = ng.length === 0;
  const defective = isSynthetic
    ? measured.map((image) => withAnomaly(image, seed))
    : evenly(ng, mostMeasured);
  // Told part by part instead.
  const silent = { ...options, onProgress: () => undefined };
  return tryCorrections(
    { good: measured, defective },
    isSynthetic,
    (correction) =>
      teachAnomalyDetector({ ...silent, good: taught, ng: [], memory: trialMemory, correction }),
    options,
  );
}

/**
 * What a classifier of these parts should correct, measured on parts of every class, which teach nothing; images of one
 * group stay together.
 * @throws ModelError as `tryCorrections` and `teachClassifier`
 */
export async function chooseClassifierCorrection(
  options: Omit<TeachClassifierOptions, 'correction' | 'onProgress' | 'costs'> & TrialOptions,
): Promise<CorrectionChoice> {
  const { images, okLabels, seed } = options;
  const isGood = ({ label }: ClassifiedImage) => okLabels.includes(label);
  if (images.filter(isGood).length < fewestForTrial) return untold;
  const random = seededRandom(seed).fork('correction');
  const [rest, measured] = stratifiedSplit(images, measuredShare, random);
  const labels = [...new Set(rest.map(({ label }) => label))];
  const taught = labels.flatMap((each) =>
    evenly(
      rest.filter(({ label }) => label === each),
      mostTaught,
    ),
  );
  const defective = measured.filter((image) => !isGood(image));
  // Told part by part instead.
  const silent = { ...options, onProgress: () => undefined };
  return tryCorrections(
    { good: evenly(measured.filter(isGood), mostMeasured), defective: evenly(defective, mostMeasured) },
    false,
    (correction) => teachClassifier({ ...silent, images: taught, correction }),
    options,
  );
}

/** Parts to teach on and parts to measure on, which lie together in stretches. */
function shareOut(good: readonly ImageLoader[]): {
  taught: readonly ImageLoader[];
  measured: readonly ImageLoader[];
} {
  const isMeasured = (index: number) => {
    const within = ((index * stretches) / good.length) % 1;
    return within >= 1 - measuredShare;
  };
  return {
    taught: evenly(
      good.filter((_, index) => !isMeasured(index)),
      mostTaught,
    ),
    measured: evenly(
      good.filter((_, index) => isMeasured(index)),
      mostMeasured,
    ),
  };
}

function withAnomaly(image: ImageLoader, seed: number): ImageLoader {
  return {
    ...image,
    load: async () => syntheticAnomaly(await image.load(), seededRandom(hash32(`${seed}/${image.name}`))),
  };
}
