import { withCard, type ModelCard, type Thresholds } from '../../native-models/detectors/card.ts';
import { classifierGraph } from '../../native-models/detectors/classifierGraph.ts';
import type { LabelledLoader } from '../../native-models/evaluate/evaluateDetector.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../native-models/onnx/ir.ts';

const [side, pixels] = [4, 16];
export const judgingLabels = ['good', 'crack', 'dent'];

const preprocess: Preprocess = {
  ...{ order: 'GRAY', size: [side, side], mean: [0], std: [255], scale: 1, normalise: 'none' },
};

/**
 * A network that says `crack` the more the brighter the first row of a picture, `dent` by its second row, and OK by its
 * third one: logits are the means of these rows, times `steepness`.
 */
export function rowsNetwork(steepness = 20): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', 1, side, side]);
  const weights = new Float32Array(3 * pixels);
  // Rows of the picture that speak for good, crack, dent.
  [2, 0, 1].forEach((row, at) => {
    weights.fill(steepness / side, at * pixels + row * side, at * pixels + (row + 1) * side);
  });
  const flat = g.op('Flatten', [image], { axis: 1 });
  const weight = g.initializer('weight', float32Tensor([3, pixels], weights));
  g.outputAs('classes', g.op('Gemm', [flat, weight], { transB: 1 }), 'float32', ['N', 3]);
  return g.model();
}

/** The same as a detector that judges, with thresholds of single types. */
export function judgingClassifier(
  thresholds: Thresholds,
  thresholdsByLabel: Readonly<Record<string, Thresholds>>,
  steepness = 20,
): Model {
  const isOk = judgingLabels.map((label) => label === 'good');
  const options = { preprocess, isOk, temperature: 1, givesProbabilities: false };
  const card: ModelCard = {
    ...{
      kind: 'classifier',
      preprocess,
      thresholds,
      thresholdInterval: null,
      backbone: 'rows',
      features: [],
    },
    ...{ goodImages: 0, ngImages: 0, memory: 0, seed: 0 },
    classes: { labels: judgingLabels, okLabels: ['good'], temperature: 1, thresholdsByLabel },
  };
  return withCard(classifierGraph(rowsNetwork(steepness), options).model, card);
}

export const rowsCard = { labels: judgingLabels, preprocess };

/** A picture with rows of these brightnesses, 0..1. */
export function rowsPicture(crack: number, dent: number, good: number): Picture {
  const data = Uint8Array.from({ length: pixels }, (_, at) => {
    const level = [crack, dent, good, 0][Math.floor(at / side)]!;
    return Math.round(255 * level);
  });
  return { width: side, height: side, channels: 1, depth: 8, data };
}

export function rowsImage(
  label: string,
  ...levels: [crack: number, dent: number, good: number]
): LabelledLoader {
  const picture = rowsPicture(...levels);
  return { name: `${label} ${levels.join(' ')}`, label, load: () => Promise.resolve(picture) };
}
