import { join } from 'node:path';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { drawPart } from '../../../native-models/images/procedural/draw.ts';
import type { Disturbances, PartKind } from '../../../native-models/images/procedural/part.ts';
import { pictureFigures } from '../../../native-models/images/site/pictureFigures.ts';
import type { DriftPart } from '../../../native-models/statistics/drift/swings.ts';

export type WatchedPart = DriftPart<string>;

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

export interface LinePlan {
  /** Parts without a change; parts after each change, the first of them of this number. */
  readonly quiet: number;
  readonly changed: number;
  readonly from: number;
  /** The shipped network's score and embedding, too; else the figures of the pictures alone, which are soon had. */
  readonly network: boolean;
}

/** Parts of one line as the station measures them. */
export async function measureLine(
  part: PartKind,
  seed: number,
  { quiet, changed, from, network }: LinePlan,
): Promise<MeasuredLine> {
  const file = join(import.meta.dirname, `../../../native-models/models/${part}.onnx`);
  const detector = network ? await openDetector(file, { embeds: true, threads: 1 }) : null;
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
    await detector?.close();
  }
}

async function measured(
  detector: Detector | null,
  part: PartKind,
  seed: number,
  index: number,
  { disturbances = usual, moved = 0, otherParts = false }: Change,
): Promise<WatchedPart> {
  const line = otherParts ? seed + otherBatch : seed;
  const drawn = drawPart({ part, seed: line, index, defectRate: 0.08, disturbances }).picture;
  const picture = shifted(drawn, Math.round(moved * drawn.width));
  const figures = { ...pictureFigures(picture) };
  if (detector === null) return { values: figures, embedding: null };
  const { score, embedding } = await detector.judge(picture);
  return { values: { score, ...figures }, embedding };
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
