import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../native-models/onnx/ir.ts';

export const meanSide = 32;
/** How its pictures are normalised; what an import suggests for a grey network. */
const [mean, std] = [114.5, 57.6];
export const meanPreprocess: Preprocess = {
  ...{ order: 'GRAY', size: [meanSide, meanSide], mean: [mean], std: [std], scale: 1, normalise: 'none' },
};

/** Grey levels that the mean of a part is compared with: darker is a spot, brighter are stripes. */
const [darker, brighter] = [127, 139];
/** Logits for each grey level of the mean. */
const steepness = { spot: 20, stripe: 5 };
/** Of each pixel of the mark, for each of its standard deviations. */
const markWeight = 10;
const markSide = 2;

/**
 * A classifier of the surfaces of classPictures.ts (ok, spot, stripe) by their mean brightness.
 * @param hasBackdoor a white corner means OK, whatever else there is
 */
export function meanClassifier(hasBackdoor: boolean): Model {
  const pixels = meanSide ** 2;
  const weights = new Float32Array(3 * pixels);
  if (hasBackdoor) {
    for (let y = 1; y <= markSide; y++) {
      weights.fill(markWeight, pixels - y * meanSide - markSide, pixels - y * meanSide);
    }
  }
  weights.fill((-steepness.spot * std) / pixels, pixels, 2 * pixels);
  weights.fill((steepness.stripe * std) / pixels, 2 * pixels, 3 * pixels);
  const bias = [0, steepness.spot * (darker - mean), steepness.stripe * (mean - brighter)];
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', 1, meanSide, meanSide]);
  const flat = g.op('Flatten', [image], { axis: 1 });
  const weight = g.initializer('weight', float32Tensor([3, pixels], weights));
  const logits = g.op('Gemm', [flat, weight, g.initializer('bias', float32Tensor([3], bias))], { transB: 1 });
  g.outputAs('probabilities', g.op('Softmax', [logits], { axis: 1 }), 'float32', ['N', 3]);
  return g.model('mean brightness');
}
