import { ModelError } from '../../errors.ts';
import { seededRandom } from '../../random.ts';
import type { Picture } from '../picture.ts';
import { banding } from './banding.ts';
import { colourTemperature } from './colourTemperature.ts';
import { contrast } from './contrast.ts';
import { deadLines } from './deadLines.ts';
import { deadPixels } from './deadPixels.ts';
import { defocusBlur } from './defocusBlur.ts';
import { dust } from './dust.ts';
import { exposure } from './exposure.ts';
import { gamma } from './gamma.ts';
import { gaussianNoise } from './gaussianNoise.ts';
import { illuminationGradient } from './illuminationGradient.ts';
import { impulseNoise } from './impulseNoise.ts';
import { jpeg } from './jpeg.ts';
import { motionBlur } from './motionBlur.ts';
import { rotation } from './rotation.ts';
import { scale } from './scale.ts';
import { shift } from './shift.ts';
import { shotNoise } from './shotNoise.ts';
import { smudge } from './smudge.ts';
import { vibrationBlur } from './vibrationBlur.ts';
import { vignetting } from './vignetting.ts';
import type { Corruption, Severity } from './corruption.ts';
import { toFrame, toPicture } from './frame.ts';

/** Every disturbance of the suite, by family. */
export const corruptions: readonly Corruption[] = [
  gaussianNoise,
  shotNoise,
  impulseNoise,
  defocusBlur,
  motionBlur,
  vibrationBlur,
  exposure,
  contrast,
  gamma,
  illuminationGradient,
  vignetting,
  banding,
  colourTemperature,
  deadPixels,
  deadLines,
  dust,
  smudge,
  shift,
  rotation,
  scale,
  jpeg,
];

const byName = new Map(corruptions.map((corruption) => [corruption.name, corruption]));

/** @throws ModelError `badRequest` that lists the names there are */
export function corruptionNamed(name: string): Corruption {
  const found = byName.get(name);
  if (!found) {
    throw new ModelError('badRequest', {
      field: 'name',
      got: name,
      reason: `one of ${[...byName.keys()].join(', ')}`,
    });
  }
  return found;
}

/**
 * A disturbed copy of a picture, of the same size, depth and channels: a pure function of its arguments.
 * @param seed of this picture; each corruption draws from a stream of its own
 * @throws ModelError `badRequest` for an unknown name
 */
export async function corrupt(
  picture: Picture,
  name: string,
  severity: Severity,
  seed: number,
): Promise<Picture> {
  const corruption = corruptionNamed(name);
  const random = seededRandom(seed).fork(name);
  const level = corruption.levels[severity - 1]!;
  return toPicture(await corruption.apply(toFrame(picture), level, random), picture.depth);
}
