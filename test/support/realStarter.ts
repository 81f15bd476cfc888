import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodePng } from '../../native-models/images/encode.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { demoPart, smallPreprocess, writeBackbone, writeSmallDetector } from './smallDetector.ts';

/** A folder of shipped models that work, with one small detector for the tile. */
export async function realStarter(parent: string): Promise<string> {
  const folder = join(parent, 'starter');
  await mkdir(folder);
  const backbone = await writeBackbone(folder);
  const detector = await writeSmallDetector(folder);
  const manifest = {
    backbones: [
      {
        file: basename(backbone),
        sha256: createHash('sha256')
          .update(await readFile(backbone))
          .digest('hex'),
        name: 'Filter bank',
        preprocess: smallPreprocess,
        features: ['fine'],
      },
    ],
    detectors: [{ file: basename(detector.path), sha256: detector.sha256, name: 'Small', part: 'tile' }],
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

/** PNG of a few different tiles, to be written under many names. */
export async function tilePictures(count = 8, defectRate = 0.5): Promise<Uint8Array[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => encodePng(drawPart(demoPart(index, defectRate)).picture)),
  );
}
