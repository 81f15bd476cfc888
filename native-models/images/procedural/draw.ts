import { seededRandom } from '../../random.ts';
import { photograph } from './camera.ts';
import type { Scene } from './canvas.ts';
import { drawDisc } from './disc.ts';
import { drawLabel } from './label.ts';
import { defectTypes, type DrawnPart, type PartKind, type PartRequest } from './part.ts';
import { drawTile } from './tile.ts';
import type { Random } from '../../random.ts';

const draw: Readonly<Record<PartKind, (random: Random, defect: string | null, line: Random) => Scene>> = {
  disc: drawDisc,
  tile: drawTile,
  label: drawLabel,
};

/** A defect covers a pixel of the mask from this share on. */
const maskedFrom = 0.35;

/**
 * Draws part number `index` of a demo line: a pure function of its arguments. The part's place, texture, defect
 * and camera noise come from independent streams, so the same part with another defect rate or disturbance
 * differs in nothing else.
 */
export function drawPart(request: PartRequest): DrawnPart {
  const { part, seed, index, disturbances } = request;
  const line = seededRandom(seed).fork(part);
  const random = line.fork(index);
  const label = labelOf(request);
  const defect = label === 'ok' ? null : label;
  const scene = draw[part](random.fork('part'), defect, line.fork('product'));
  const picture = photograph(scene, disturbances, seed, index, random.fork('camera'));
  return { picture, label, mask: defect === null ? null : toMask(scene.defect) };
}

/** What `drawPart` would draw: `ok` or a type of defect. */
export function labelOf({ part, seed, index, defectRate, defect }: PartRequest): string {
  if (defect !== undefined) return defect;
  const random = seededRandom(seed).fork(part).fork(index).fork('fate');
  const types = defectTypes[part];
  return random.uniform() < defectRate ? types[random.integer(types.length)]! : 'ok';
}

function toMask(cover: Float32Array): Uint8Array {
  const mask = new Uint8Array(cover.length);
  for (let at = 0; at < cover.length; at++) if (cover[at]! >= maskedFrom) mask[at] = 255;
  return mask;
}
