import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../../native-models/images/encode.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { seededRandom, type Random } from '../../native-models/random.ts';
import { smallClassifier } from './smallClassifier.ts';

const side = 32;
const patterns: Readonly<Record<string, (x: number, y: number) => number>> = {
  across: (_x, y) => Math.sin(y),
  down: (x) => Math.sin(x),
  spots: (x, y) => Math.sin(x) * Math.sin(y),
};

function draw(pattern: (x: number, y: number) => number, random: Random): Promise<Buffer> {
  const [stretch, phase] = [0.7 + 0.6 * random.uniform(), 6 * random.uniform()];
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    const value = pattern((at % side) * stretch + phase, Math.floor(at / side) * stretch + phase);
    return Math.min(255, Math.max(0, 128 + 60 * value + 25 * random.normal()));
  });
  return encodePng({ width: side, height: side, channels: 1, depth: 8, data });
}

/** Writes class folders of noisy patterns, as many of each as said, and answers where they are. */
export async function writePatterns(folder: string, perClass: number): Promise<string> {
  const data = join(folder, 'patterns');
  for (const [name, pattern] of Object.entries(patterns)) {
    await mkdir(join(data, name), { recursive: true });
    for (let number = 0; number < perClass; number++) {
      const random = seededRandom(3).fork(`${name} ${number}`);
      await writeFile(join(data, name, `${number}.png`), await draw(pattern, random));
    }
  }
  return data;
}

/** Writes a small classifier with random weights for those images. */
export async function writeSmallClassifier(folder: string, classes = 3): Promise<string> {
  const path = join(folder, `classifier-${classes}.onnx`);
  const model = smallClassifier({ side, channels: [6, 10], classes, random: seededRandom(2) });
  await writeFile(path, writeModel(model));
  return path;
}
