/**
 * The shipped detectors on the processor and on WebGPU, in a process of its own for the same reasons as `webgpuStep.ts`.
 *
 *   node test/support/webgpuDetectors.ts   prints by file how the scores agree, as JSON
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCard } from '../../native-models/detectors/card.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { compareScores, type Parity } from '../../native-models/evaluate/parity.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Provider } from '../../native-models/runtime/session.ts';

const shipped = join(import.meta.dirname, '../../native-models/models');
const disturbances = { light: 0.3, blur: 0, noise: 0.2 };

/** A graphics card in software takes its time. */
const pictureCount = 1;

const parities: Record<string, Parity> = {};
for (const file of readdirSync(shipped).filter((name) => name.endsWith('.onnx'))) {
  const path = join(shipped, file);
  const card = readCard(await loadModelFile(path));
  if (!card) continue;
  const part = file === 'tile.onnx' ? 'tile' : file === 'label.onnx' ? 'label' : 'disc';
  const pictures = Array.from({ length: pictureCount }, (_, index) => {
    return drawPart({ part, seed: 3, index, defectRate: 0.5, disturbances }).picture;
  });
  const [reference, live] = [await scores(path, pictures, 'cpu'), await scores(path, pictures, 'webgpu')];
  parities[file] = compareScores(reference, live, card.thresholds);
}
process.stdout.write(JSON.stringify(parities));

async function scores(path: string, pictures: readonly Picture[], provider: Provider): Promise<number[]> {
  const detector = await openDetector(path, { provider });
  const found: number[] = [];
  for (const picture of pictures) found.push((await detector.judge(picture)).score);
  await detector.close();
  return found;
}
