import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageLoader } from '../../../native-models/detectors/teach.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { partKinds, type PartKind } from '../../../native-models/images/procedural/part.ts';
import { labelledDemoParts } from '../../../native-models/models/demoParts.ts';
import { sharedPath } from '../../support/shared.ts';

const steel = sharedPath('data', 'neu_det', 'images');
const tiles = sharedPath('data', 'magnetic_tile');
const goodParts = 150;

export interface LabelledImage extends ImageLoader {
  readonly label: string;
}

/**
 * Labelled images by the name of their set: the shared real ones, where they are, and parts of the demo lines.
 * @param wanted names; none = all
 */
export function labelledSets(perClass: number, wanted: readonly string[]): [string, LabelledImage[]][] {
  const sets: [string, LabelledImage[]][] = [
    ...(steel ? [['steel surfaces', foldersOf(steel, perClass)] as [string, LabelledImage[]]] : []),
    ...(tiles ? [['magnetic tiles', tileImages(tiles, perClass)] as [string, LabelledImage[]]] : []),
    ...partKinds.map((part): [string, LabelledImage[]] => [`demo ${part}`, demoImages(part, perClass)]),
  ];
  return sets.filter(([name]) => wanted.length === 0 || wanted.includes(name));
}

const foldersOf = (folder: string, perClass: number): LabelledImage[] =>
  readdirSync(folder).flatMap((label) => imagesOf(join(folder, label), label, perClass));

function tileImages(folder: string, perClass: number): LabelledImage[] {
  const types = readdirSync(join(folder, 'test')).filter((type) => type !== 'good');
  return [
    ...imagesOf(join(folder, 'train/good'), 'ok', goodParts),
    ...types.flatMap((type) => imagesOf(join(folder, 'test', type), type, perClass)),
  ];
}

const demoImages = (part: PartKind, perClass: number) => [
  ...labelledDemoParts(part, goodParts, Math.ceil(perClass / 2)),
];

function imagesOf(folder: string, label: string, most: number): LabelledImage[] {
  const names = readdirSync(folder).sort();
  const every = Math.max(1, names.length / most);
  return Array.from({ length: Math.min(most, names.length) }, (_, at) => {
    const path = join(folder, names[Math.floor(at * every)]!);
    return { name: path, label, load: async () => (await readImageFile(path)).picture };
  });
}
