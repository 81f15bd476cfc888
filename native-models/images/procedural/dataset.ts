import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeMask, encodePng } from '../encode.ts';
import { drawPart } from './draw.ts';
import { defectTypes, type Disturbances, type DrawnPart, type PartKind } from './part.ts';

export interface DatasetRequest {
  readonly part: PartKind;
  readonly seed: number;
  /** Good parts to learn from. */
  readonly trainGood: number;
  /** Good parts to test on. */
  readonly testGood: number;
  /** Parts to test on of each type of defect. */
  readonly testPerDefect: number;
  readonly disturbances: Disturbances;
}

/** One written image; paths are relative to the data set's folder and use `/`. */
export interface DatasetImage {
  readonly path: string;
  readonly mask: string | null;
  readonly label: string;
}

/**
 * Writes a labelled data set as PNG files, laid out as MVTec AD is: `train/good/000.png`, `test/good/…`,
 * `test/<defect>/…` and `ground_truth/<defect>/000_mask.png`. Parts are numbered on through all folders, so no
 * part appears twice.
 * @returns the images in the order they were written
 */
export async function writeDataset(dir: string, request: DatasetRequest): Promise<DatasetImage[]> {
  const folders = [
    { folder: 'train/good', count: request.trainGood },
    { folder: 'test/good', count: request.testGood },
    ...defectTypes[request.part].map((defect) => ({
      folder: `test/${defect}`,
      count: request.testPerDefect,
      defect,
    })),
  ];
  const images: DatasetImage[] = [];
  for (const { folder, count, ...kind } of folders) {
    for (let number = 0; number < count; number++) {
      const drawn = drawPart({ ...request, ...kind, index: images.length, defectRate: 0 });
      images.push(await writeImage(dir, folder, String(number).padStart(3, '0'), drawn));
    }
  }
  return images;
}

async function writeImage(
  dir: string,
  folder: string,
  name: string,
  drawn: DrawnPart,
): Promise<DatasetImage> {
  const { picture, label } = drawn;
  const path = `${folder}/${name}.png`;
  await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, path), await encodePng(picture));
  if (drawn.mask === null) return { path, mask: null, label };
  const mask = `ground_truth/${label}/${name}_mask.png`;
  await mkdir(join(dir, 'ground_truth', label), { recursive: true });
  await writeFile(join(dir, mask), await encodeMask(drawn.mask, picture.width, picture.height));
  return { path, mask, label };
}
