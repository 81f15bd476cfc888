import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../native-models/random.ts';

const side = 192;

/**
 * Writes a picture of a brushed plate, with a dark gash across it when it is not good.
 * Written beside and moved into place, as a careful camera does.
 */
export async function writePart(folder: string, name: string, seed: number, good: boolean): Promise<string> {
  const random = seededRandom(seed);
  const pixels = Buffer.alloc(side * side);
  const rows = Array.from({ length: side }, () => 130 + 18 * random.normal());
  for (let index = 0; index < pixels.length; index++) {
    pixels[index] = clamp((rows[Math.floor(index / side)] ?? 130) + 6 * random.normal());
  }
  if (!good) gash(pixels, 50 + random.integer(60), 50 + random.integer(60));
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toFile(`${path}.part`);
  await rename(`${path}.part`, path);
  return path;
}

function gash(pixels: Buffer, left: number, top: number): void {
  for (let step = 0; step < 60; step++) {
    for (let across = -4; across <= 4; across++) {
      pixels[(top + step) * side + left + Math.round(step * 0.6) + across] = 8;
    }
  }
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
