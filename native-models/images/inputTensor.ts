import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import type { Picture } from './picture.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from './preprocess.ts';

/** A picture as what a network is fed, float32 [1, planes, height, width]. */
export function inputTensor(picture: Picture, spec: Preprocess): Tensor {
  const data = new Float32Array(inputLength(spec));
  preprocess(picture, spec, data);
  return float32Tensor([1, planesOf(spec), ...spec.size], data);
}
