import type { Random } from '../random.ts';
import { stratifiedSplit, type Splittable } from '../training/split.ts';

/** Labelled images by what they may be used for. */
export interface CalibrationSplit<Sample> {
  /** Thresholds are chosen on these. */
  readonly calibration: readonly Sample[];
  /** Checkpoints are compared on these, at those thresholds. */
  readonly validation: readonly Sample[];
  /** Reported on, and used for no choice. */
  readonly test: readonly Sample[];
}

/**
 * Deals images in three, each class by itself and whole groups only, as `stratifiedSplit` does; a class with three
 * groups or more is in all of them.
 * @param shares of each class, 0..1, together below 1; the rest is for calibration
 */
export function splitCalibration<Sample extends Splittable>(
  samples: readonly Sample[],
  shares: { readonly validation: number; readonly test: number },
  random: Random,
): CalibrationSplit<Sample> {
  const [others, test] = stratifiedSplit(samples, shares.test, random.fork('test'));
  const share = shares.validation / (1 - shares.test);
  const [calibration, validation] = stratifiedSplit(others, share, random.fork('validation'));
  return { calibration, validation, test };
}
