import { toFrame } from '../corruptions/frame.ts';
import type { Picture } from '../picture.ts';
import { gridOf, type Grid } from './grid.ts';
import { noiseOf, type Noise } from './noise.ts';
import { sharpnessOf, type Sharpness } from './sharpness.ts';

/** What one picture shows of the line it was taken on. */
export interface PictureMeasures {
  readonly grid: Grid;
  /** Of the green plane, or the only one. */
  readonly noise: Noise;
  readonly sharpness: Sharpness;
}

/** @param picture at least 32×32 pixels */
export function measurePicture(picture: Picture): PictureMeasures {
  const frame = toFrame(picture);
  const plane = frame.planes[1] ?? frame.planes[0]!;
  const noise = noiseOf(plane, frame.height, frame.width);
  const variance = (noise.dark.sigma ** 2 + noise.bright.sigma ** 2) / 2;
  return {
    grid: gridOf(frame),
    noise,
    sharpness: sharpnessOf(plane, frame.height, frame.width, variance),
  };
}
