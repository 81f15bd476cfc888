import { severities } from '../corruptions/corruption.ts';
import { corruptionNamed } from '../corruptions/index.ts';
import type { Light } from './light.ts';
import type { Noise } from './noise.ts';
import type { Disturbance } from './profile.ts';

/** A measured change, in the unit of the suite's corruption that makes such a change. */
export interface Change {
  readonly corruption: string;
  /** As the corruption's own levels. */
  readonly level: number;
}

/**
 * The severity whose documented level lies nearest to a measured one; null when no change at all lies nearer.
 * @param distance of a level from no change, on the scale on which levels are compared
 */
function nearestSeverity(
  { corruption, level }: Change,
  distance: (level: number) => number,
): Disturbance | null {
  const { levels } = corruptionNamed(corruption);
  const measured = distance(level);
  let nearest: Disturbance | null = null;
  let least = Math.abs(measured);
  for (const severity of severities) {
    const away = Math.abs(measured - distance(levels[severity - 1]!));
    if (away < least) [nearest, least] = [{ corruption, severity }, away];
  }
  return nearest;
}

/** Distance of each measurable corruption's level from no change. */
const distances: Readonly<Record<string, (level: number) => number>> = {
  exposure: Math.abs,
  contrast: (factor) => 1 - factor,
  'illumination-gradient': Math.abs,
  vignetting: (loss) => loss,
  'colour-temperature': Math.abs,
  'gaussian-noise': (sigma) => sigma,
  'shot-noise': (photons) => 1 / photons,
};

/** The disturbance of the suite that a change amounts to, or null where it is too small for any. */
export function matched(change: Change): Disturbance | null {
  return nearestSeverity(change, distances[change.corruption]!);
}

/** A change within so many standard errors of its fit is none. */
const errorsToTell = 2;

/** The light of a picture against the usual light, in the terms of the suite. */
export function lightChanges({
  stops,
  contrast,
  slopeX,
  slopeY,
  vignetting,
  warmth,
  error,
}: Light): Change[] {
  const slope = Math.hypot(slopeX, slopeY);
  const isTold = (change: number, own: number) => Math.abs(change) > errorsToTell * own;
  return [
    { corruption: 'exposure', level: stops },
    { corruption: 'contrast', level: isTold(1 - contrast, error.contrast) ? contrast : 1 },
    { corruption: 'illumination-gradient', level: isTold(slope, error.slope) ? slope : 0 },
    { corruption: 'vignetting', level: isTold(vignetting, error.vignetting) ? vignetting : 0 },
    { corruption: 'colour-temperature', level: warmth },
  ];
}

/**
 * Noise beyond the usual. Variance that grows with the light is photon noise (variance = light / photons), variance
 * that does not is read-out noise; what makes up more than half of it names it.
 * @param gain of the picture's light over the usual: noise that was there grows with it
 */
export function noiseChange({ dark, bright }: Noise, usual: Noise, gain: number): Change | null {
  const usualGain = Math.max(1, gain) ** 2;
  const inDark = dark.sigma ** 2 - usualGain * usual.dark.sigma ** 2;
  const inBright = bright.sigma ** 2 - usualGain * usual.bright.sigma ** 2;
  const variance = (inDark + inBright) / 2;
  if (variance <= 0) return null;
  const level = (dark.level + bright.level) / 2;
  const spread = bright.level - dark.level;
  const growing = spread > 0 ? ((inBright - inDark) / spread) * level : 0;
  return growing > variance / 2
    ? { corruption: 'shot-noise', level: level / variance }
    : { corruption: 'gaussian-noise', level: Math.sqrt(variance) };
}
