import type { ImageLoader } from '../detectors/teach.ts';
import { goodLabel, type LabelledLoader } from '../evaluate/evaluateDetector.ts';
import { drawPart } from '../images/procedural/draw.ts';
import {
  defectTypes,
  type Disturbances,
  type PartKind,
  type PartRequest,
} from '../images/procedural/part.ts';

/** The line that the demo shows; detectors are taught on parts from the end of its numbering. */
export const lineSeed = 1;
export const firstTaught = 1_000_000;
export const taughtParts = 400;
/** Not neighbours on the line, so that they have seen every phase of its drifting light. */
export const taughtEvery = 37;
/** Few, since the first start waits for them. */
const comparedParts = 4;
/** The demo line as it starts. */
const calm: Disturbances = { light: 0.1, blur: 0, noise: 0.05 };

/** A part that is drawn where it is needed. */
export interface DemoImage extends Omit<PartRequest, 'defect'> {
  readonly from: 'demo';
}

/** Which part of a demo line detectors are taught on. */
export function goodDemoParts(part: PartKind): ImageLoader[] {
  return Array.from({ length: taughtParts }, (_, i) => demoPart(part, firstTaught + i * taughtEvery));
}

/** Parts from the beginning of a calm demo line, to measure its detectors on: good ones, and as many of every defect. */
export function labelledDemoParts(part: PartKind, good = 100, perDefect = 20): LabelledLoader[] {
  return [
    ...Array.from({ length: good }, (_, i) => demoPart(part, i)),
    ...defectTypes[part].flatMap((defect, type) =>
      Array.from({ length: perDefect }, (_, i) => demoPart(part, 1000 * (type + 1) + i, defect)),
    ),
  ];
}

/** Parts that a detector is compared on wherever it is to judge: of a calm line with very many defects. */
export function referenceDemoParts(part: PartKind): DemoImage[] {
  return Array.from({ length: comparedParts }, (_, index) => {
    return { from: 'demo', part, seed: lineSeed, index, defectRate: 0.5, disturbances: calm };
  });
}

function demoPart(part: PartKind, index: number, defect?: string): LabelledLoader {
  const request = { part, seed: lineSeed, index, defectRate: 0, disturbances: calm };
  return {
    name: `${part} ${index}`,
    label: defect ?? goodLabel,
    load: async () => drawPart({ ...request, ...(defect === undefined ? {} : { defect }) }).picture,
  };
}
