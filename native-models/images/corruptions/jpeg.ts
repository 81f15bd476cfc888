import type { Corruption } from './corruption.ts';
import { decodeImage } from '../decode.ts';
import { encodeJpeg } from '../encode.ts';
import { toFrame, toPicture } from './frame.ts';

/** Lossy compression on the way from the camera (8 bit, as JPEG is). */
export const jpeg: Corruption = {
  name: 'jpeg',
  family: 'compression',
  measure: 'JPEG quality, 1..100',
  levels: [80, 50, 30, 18, 10],
  apply: async (frame, quality) =>
    toFrame(await decodeImage(await encodeJpeg(toPicture(frame, 8), { quality }))),
};
