import type { Random } from '../../random.ts';
import { severities } from '../corruptions/corruption.ts';
import { corrupt } from '../corruptions/index.ts';
import type { Picture } from '../picture.ts';
import { measurePicture } from './measures.ts';
import type { Disturbance } from './profile.ts';
import type { Sharpness } from './sharpness.ts';

/** How far a blur of the suite lowers the sharpness of this line's own parts. */
export interface BlurSignature {
  readonly disturbance: Disturbance;
  readonly loss: Sharpness;
}

const blurs = ['defocus-blur', 'motion-blur', 'vibration-blur'] as const;

/**
 * What a blur does to the sharpness depends on how fine the part is, so the suite's blurs are tried on a picture of
 * the line itself.
 * @param picture as sharp as usual
 */
export async function blurSignatures(picture: Picture, random: Random): Promise<BlurSignature[]> {
  const { sharpness } = measurePicture(picture);
  const signatures: BlurSignature[] = [];
  for (const corruption of blurs) {
    for (const severity of severities) {
      const blurred = await corrupt(picture, corruption, severity, random.integer(2 ** 32));
      const loss = lossOf(measurePicture(blurred).sharpness, sharpness);
      signatures.push({ disturbance: { corruption, severity }, loss });
    }
  }
  return signatures;
}

/** How much less sharp than usual, along each direction; negative is sharper. */
export function lossOf(sharpness: Sharpness, usual: Sharpness): Sharpness {
  const along = (one: number | null, other: number | null) =>
    one === null || other === null ? null : other - one;
  return { x: along(sharpness.x, usual.x), y: along(sharpness.y, usual.y) };
}

/** The signature nearest to a loss of sharpness; null where no blur at all is nearer, or noise hides it. */
export function nearestBlur(loss: Sharpness, signatures: readonly BlurSignature[]): Disturbance | null {
  const distance = (other: Sharpness) =>
    Math.hypot(
      ...axes.map((axis) => (loss[axis] === null ? 0 : Math.max(loss[axis], 0) - (other[axis] ?? 0))),
    );
  if (axes.every((axis) => loss[axis] === null)) return null;
  let nearest: Disturbance | null = null;
  let least = distance({ x: 0, y: 0 });
  for (const { disturbance, loss: other } of signatures) {
    const away = distance(other);
    if (away < least) [nearest, least] = [disturbance, away];
  }
  return nearest;
}

const axes = ['x', 'y'] as const;
