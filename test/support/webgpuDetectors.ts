/**
 * Detectors of every kind on the processor and on WebGPU, in a process of its own for the same reasons as `webgpuStep.ts`:
 * those that ship, and small ones taught here on each shipped backbone.
 *
 *   node test/support/webgpuDetectors.ts   prints by name how scores and defect types agree, as JSON
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCard } from '../../native-models/detectors/card.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { teachAnomalyDetector } from '../../native-models/detectors/teach.ts';
import { teachClassifier } from '../../native-models/detectors/teachClassifier.ts';
import { compareScores, type Parity } from '../../native-models/evaluate/parity.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import type { PartKind } from '../../native-models/images/procedural/part.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import type { Provider } from '../../native-models/runtime/session.ts';
import { surface, surfaceClasses } from './classPictures.ts';
import { smallPreprocess } from './smallDetector.ts';

export interface DetectorComparison extends Parity {
  /** Parts called another type of defect. */
  readonly otherLabels: number;
}

const shipped = join(import.meta.dirname, '../../native-models/models');
const disturbances = { light: 0.3, blur: 0, noise: 0.2 };

/** A graphics card in software takes its time with large pictures. */
const shippedPictures = 1;
const smallPictures = 6;
const taughtOn = 12;

/** Tapped tensors of the shipped backbones. */
const backbones = { 'filterBank.onnx': ['fine', 'coarse'], 'starterBackbone.onnx': ['patch'] } as const;

const comparisons: Record<string, DetectorComparison> = {};
for (const file of readdirSync(shipped).filter((name) => name.endsWith('.onnx'))) {
  const model = await loadModelFile(join(shipped, file));
  if (!readCard(model)) continue;
  comparisons[file] = await compare(model, tiles(shippedPictures, file.replace('.onnx', '') as PartKind));
}
for (const [file, features] of Object.entries(backbones)) {
  const model = await loadModelFile(join(shipped, file));
  const backbone = { model, name: file, preprocess: smallPreprocess };
  const options = { backbone, features, seed: 1, session: { threads: 1 } };
  const good = tiles(taughtOn, 'tile', 0).map((picture, at) => ({
    name: `${at}`,
    load: async () => picture,
  }));
  const detector = await teachAnomalyDetector({ ...options, good, memory: 100 });
  comparisons[`detector on ${file}`] = await compare(detector.model, tiles(smallPictures, 'tile'));
  const classifier = await teachClassifier({ ...options, images: classImages(), okLabels: ['ok'] });
  const pictures = surfaceClasses.flatMap((kind) => [surface(kind, 100), surface(kind, 101)]);
  comparisons[`classifier on ${file}`] = await compare(classifier.model, pictures);
}
process.stdout.write(JSON.stringify(comparisons));

function tiles(count: number, part: PartKind, defectRate = 0.5): Picture[] {
  return Array.from({ length: count }, (_, index) => {
    return drawPart({ part, seed: 3, index, defectRate, disturbances }).picture;
  });
}

function classImages() {
  return surfaceClasses.flatMap((label) =>
    Array.from({ length: taughtOn }, (_, number) => ({
      ...{ name: `${label} ${number}`, label, split: null, group: null },
      load: async () => surface(label, number),
    })),
  );
}

async function compare(model: Model, pictures: readonly Picture[]): Promise<DetectorComparison> {
  const [reference, live] = [await judged(model, pictures, 'cpu'), await judged(model, pictures, 'webgpu')];
  const scores = (of: typeof live) => of.map(({ score }) => score);
  const otherLabels = reference.filter(({ label }, at) => label !== live[at]!.label).length;
  return { ...compareScores(scores(reference), scores(live), readCard(model)!.thresholds), otherLabels };
}

async function judged(model: Model, pictures: readonly Picture[], provider: Provider) {
  const detector = await openDetector(model, { provider });
  const found: { score: number; label: string | null }[] = [];
  for (const picture of pictures) found.push(await detector.judge(picture));
  await detector.close();
  return found;
}
