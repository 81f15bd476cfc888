import { verdicts, type JudgedBy, type Verdict } from '../contract/verdict.ts';
import type { PartCertificate, ProductSmoothing } from '../contract/smoothing.ts';
import { limitsOf, verdictOf } from '../../native-models/detectors/verdict.ts';
import { hash32 } from '../../native-models/random.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import type { SmoothingSettings } from '../../native-models/smoothing/certify.ts';
import type { LookOptions } from '../../native-models/smoothing/noisyLooks.ts';
import type { SmoothedDetector } from '../../native-models/smoothing/smoothedDetector.ts';

/** Seed of the noise that a part is looked at under: its own, so that anybody can repeat them. */
export function seedOfPart(key: string): number {
  return hash32(key);
}

/** On the line looks are dear: stop as soon as it is certain. */
export function lookSettings({ sigma, alpha, radius, n0, n }: ProductSmoothing): SmoothingSettings {
  return { sigma, alpha, rule: 'betting', radius, n0, n };
}

/**
 * Looks at a part under noise, each look judged as the part itself.
 * @param first its verdict without noise
 * @throws {ModelError} as `SmoothedDetector.certify`
 */
export async function certifyVerdict(
  detector: SmoothedDetector,
  picture: Picture,
  settings: SmoothingSettings,
  { thresholds, thresholdsByLabel }: JudgedBy,
  first: Verdict,
  options: LookOptions,
): Promise<PartCertificate> {
  const judgedBy = { thresholds, ...(thresholdsByLabel ? { thresholdsByLabel } : {}) };
  const limits = limitsOf(judgedBy);
  const codeOf = (score: number, label: string | null) => verdicts.indexOf(verdictOf(score, limits, label));
  const certificate = await detector.certify(picture, settings, codeOf, verdicts.indexOf(first), options);
  const { predicted } = certificate;
  return {
    ...certificate,
    predicted: predicted === null ? null : verdicts[predicted]!,
    most: { n0: settings.n0, n: settings.n },
    judgedBy,
  };
}
