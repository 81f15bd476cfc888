import { join } from 'node:path';
import type { DriftFeature } from '../../../electron/contract/drift.ts';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { drawPart } from '../../../native-models/images/procedural/draw.ts';
import type { Disturbances, PartKind } from '../../../native-models/images/procedural/part.ts';
import { pictureFigures } from '../../../native-models/images/site/pictureFigures.ts';
import type { DriftPart } from '../../../native-models/statistics/drift/swings.ts';

export type WatchedPart = DriftPart<DriftFeature>;

/** The demo line as it starts, and what then happens to it. */
const usual: Disturbances = { light: 0.1, blur: 0, noise: 0.05 };
interface Change {
  readonly disturbances?: Disturbances;
  /** The holder has moved, by this share of the width. */
  readonly moved?: number;
  /** Parts of another batch: the same product, nothing else in common. */
  readonly otherParts?: boolean;
}
export const changes: Readonly<Record<string, Change>> = {
  light: { disturbances: { ...usual, light: 0.4 } },
  blur: { disturbances: { ...usual, blur: 0.4 } },
  noise: { disturbances: { ...usual, noise: 0.15 } },
  position: { moved: 0.03 },
  'other parts': { otherParts: true },
};

export interface MeasuredLine {
  /** Without any change. */
  readonly quiet: readonly WatchedPart[];
  /** By name of the change: the parts after it. */
  readonly changed: Readonly<Record<string, readonly WatchedPart[]>>;
}

/** Parts of one line as the station measures them: score, figures of the picture, and how the network sees it. */
export async function measureLine(
  part: PartKind,
  seed: number,
  { quiet, changed, from }: { readonly quiet: number; readonly changed: number; readonly from: number },
): Promise<MeasuredLine> {
  const file = join(import.meta.dirname, `../../../native-models/models/${part}.onnx`);
  const detector = await openDetector(file, { embeds: true, threads: 1 });
  const parts = async (change: Change, first: number, count: number) => {
    const found: WatchedPart[] = [];
    for (let i = 0; i < count; i++) found.push(await measured(detector, part, seed, first + i, change));
    return found;
  };
  try {
    const after: Record<string, WatchedPart[]> = {};
    for (const [name, change] of Object.entries(changes)) after[name] = await parts(change, from, changed);
    return { quiet: await parts({}, 0, quiet), changed: after };
  } finally {
    await detector.close();
  }
}

async function measured(
  detector: Detector,
  part: PartKind,
  seed: number,
  index: number,
  { disturbances = usual, moved = 0, otherParts = false }: Change,
): Promise<WatchedPart> {
  const line = otherParts ? seed + otherBatch : seed;
  const drawn = drawPart({ part, seed: line, index, defectRate: 0.08, disturbances }).picture;
  const picture = shifted(drawn, Math.round(moved * drawn.width));
  const { score, embedding } = await detector.judge(picture);
  return { values: { score, ...pictureFigures(picture) }, embedding };
}

const otherBatch = 1000;

/** To the right; what comes in at the left is what was there. @param by whole pixels, 0 or more */
function shifted(picture: Picture, by: number): Picture {
  if (by === 0) return picture;
  const { width, height, channels, data } = picture;
  const moved = data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = width - 1; x > 0; x--) {
      for (let c = 0; c < channels; c++) {
        moved[(y * width + x) * channels + c] = data[(y * width + Math.max(0, x - by)) * channels + c]!;
      }
    }
  }
  return { ...picture, data: moved };
}
