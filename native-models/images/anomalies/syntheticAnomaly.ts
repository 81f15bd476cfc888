import type { Random } from '../../random.ts';
import { copyFrame, shorterSide, toFrame, toPicture, type Frame } from '../corruptions/frame.ts';
import type { Picture } from '../picture.ts';
import { perlinNoise } from './perlinNoise.ts';

/**
 * A good part with something on it that does not belong there, for training a detector that has seen no defect: half of
 * them a piece of the part itself in another place (CutPaste; Li et al., arXiv 2104.04015, section 3.1), half a patch of
 * random outline with another texture (DRAEM; Zavrtanik et al., arXiv 2108.07610, section 3.2).
 */
export function syntheticAnomaly(picture: Picture, random: Random): Picture {
  const frame = toFrame(picture);
  const changed = random.uniform() < 0.5 ? cutPaste(frame, random) : texturePatch(frame, random);
  return toPicture(changed, picture.depth);
}

/** Area of the piece as a share of the picture, its proportions, and the change of its brightness. */
const pieceArea = [0.005, 0.06] as const;
const pieceProportion = [0.2, 5] as const;
const pieceLight = 0.15;

function cutPaste(frame: Frame, random: Random): Frame {
  const { width, height, planes } = frame;
  const area = within(random, pieceArea) * width * height;
  const proportion = Math.exp(within(random, [Math.log(pieceProportion[0]), Math.log(pieceProportion[1])]));
  const w = Math.max(2, Math.min(width - 1, Math.round(Math.sqrt(area * proportion))));
  const h = Math.max(2, Math.min(height - 1, Math.round(Math.sqrt(area / proportion))));
  const place = () => [random.integer(width - w + 1), random.integer(height - h + 1)] as const;
  const [fromX, fromY] = place();
  const [toX, toY] = place();
  const gain = 1 + pieceLight * (2 * random.uniform() - 1);
  const isFlipped = random.uniform() < 0.5;
  const result = copyFrame(frame);
  planes.forEach((plane, channel) => {
    const out = result.planes[channel]!;
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const source = (fromY + y) * width + fromX + (isFlipped ? w - 1 - x : x);
        out[(toY + y) * width + toX + x] = plane[source]! * gain;
      }
    }
  });
  return result;
}

/** Cell of the outline and of the texture as shares of the shorter side, share covered, and opacity. */
const outlineCell = [0.08, 0.3] as const;
const textureCell = [0.01, 0.08] as const;
const covered = [0.01, 0.06] as const;
const opacity = [0.25, 0.9] as const;
const textureSpread = 0.25;

function texturePatch(frame: Frame, random: Random): Frame {
  const { width, height } = frame;
  const side = shorterSide(frame);
  const outline = perlinNoise(width, height, within(random, outlineCell) * side, random.fork('outline'));
  const texture = perlinNoise(width, height, within(random, textureCell) * side, random.fork('texture'));
  const sorted = outline.slice().sort();
  const threshold = sorted[Math.floor((1 - within(random, covered)) * (sorted.length - 1))]!;
  const top = sorted.at(-1)!;
  const strength = within(random, opacity);
  const level = random.uniform();
  const result = copyFrame(frame);
  for (const plane of result.planes) {
    for (let at = 0; at < plane.length; at++) {
      const above = outline[at]! - threshold;
      if (above <= 0) continue;
      // The outline is not cut with a knife.
      const cover = strength * Math.min(1, above / (0.2 * (top - threshold) + 1e-6));
      const other = level + textureSpread * texture[at]!;
      plane[at] = plane[at]! + cover * (other - plane[at]!);
    }
  }
  return result;
}

function within(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform();
}
