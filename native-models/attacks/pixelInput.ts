import {
  darkestMean,
  flattestSpread,
  normalMean,
  normalSpread,
  windowRadius,
} from '../images/illumination.ts';
import type { Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Scalar, float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { connectModels } from '../onnx/passes/connectModels.ts';
import { trueInputs } from '../onnx/topology.ts';

/** Input that takes the image: float32 [N, channels, height, width] in [0, 1]. */
export const pixelInput = 'kenro.pixels';

const level = 255;

/**
 * The model behind its own preprocessing, written as operators, so that a gradient reaches the image itself and a
 * radius means what it says: grey levels of the resized image, before any normalisation.
 * @param channels of the image: 1 for a grey camera (all planes of the network see the same disturbance), else 3
 */
export function withPixelInput(model: Model, preprocess: Preprocess, channels: 1 | 3): Model {
  const input = trueInputs(model.graph)[0]!;
  const opset = model.opsets.get('') ?? 1;
  const before = preprocessGraph(preprocess, channels, opset);
  const { irVersion, opsets } = model;
  return connectModels({ ...before, irVersion, opsets: new Map([...opsets, ['', opset]]) }, model, {
    connections: { [input.name]: networkInput },
  });
}

const networkInput = 'kenro.network-input';

/** `preprocess` in images/preprocess.ts, from the resized image on. */
function preprocessGraph(preprocess: Preprocess, channels: 1 | 3, opset: number): Model {
  const [height, width] = preprocess.size;
  const g = new GraphBuilder();
  const op = (name: string, inputs: readonly string[], attributes = {}) =>
    g.op(name, inputs, attributes, { name: `kenro.${name}` });
  const constant = (dims: readonly number[], values: ArrayLike<number>) =>
    g.constant(dims.length === 0 ? float32Scalar(values[0]!) : float32Tensor(dims, values), 'kenro.constant');
  const scalar = (value: number) => constant([], [value]);
  // As in anomalyGraph.ts: axes are an attribute before operator set 18.
  const mean = (value: string, axes: readonly number[]) =>
    opset >= 18
      ? op('ReduceMean', [value, g.constant(int64List(axes), 'kenro.axes')], { keepdims: 1 })
      : op('ReduceMean', [value], { axes: [...axes], keepdims: 1 });

  const pixels = g.input(pixelInput, 'float32', ['N', channels, height, width]);
  let value = op('Mul', [pixels, scalar(level)]);
  if (preprocess.normalise === 'local') {
    const radius = windowRadius(height, width);
    const rows = constant([height, height], windowMeans(height, radius));
    const columns = op('Transpose', [constant([width, width], windowMeans(width, radius))], { perm: [1, 0] });
    const local = op('MatMul', [op('MatMul', [rows, mean(value, [1])]), columns]);
    const gain = op('Div', [scalar(normalMean), op('Max', [local, scalar(darkestMean)])]);
    value = op('Mul', [value, gain]);
  }
  if (preprocess.normalise !== 'none') {
    const centred = op('Sub', [value, mean(value, [1, 2, 3])]);
    const variance = mean(op('Mul', [centred, centred]), [1, 2, 3]);
    const spread = op('Sqrt', [op('Max', [variance, scalar(flattestSpread ** 2)])]);
    const gain = op('Div', [scalar(normalSpread), spread]);
    value = op('Add', [op('Mul', [centred, gain]), scalar(normalMean)]);
  }
  if (channels === 3 && preprocess.order === 'BGR') {
    value = op('Gather', [value, g.constant(int64List([2, 1, 0]), 'kenro.planes')], { axis: 1 });
  }
  const planes = preprocess.order === 'GRAY' ? 1 : 3;
  const perPlane = (of: (plane: number) => number) =>
    constant(
      [1, planes, 1, 1],
      Float32Array.from({ length: planes }, (_, plane) => of(plane)),
    );
  const at = (list: readonly number[], plane: number) => list[list.length === 1 ? 0 : plane]!;
  const { mean: means, std, scale } = preprocess;
  const scaled = op('Mul', [value, perPlane((plane) => scale / at(std, plane))]);
  const shift = perPlane((plane) => -at(means, plane) / at(std, plane));
  g.outputAs(networkInput, op('Add', [scaled, shift]), 'float32', ['N', planes, height, width]);
  return g.model();
}

/** Row i averages the values within `radius` of i, cut off at the border: float32 [size, size]. */
function windowMeans(size: number, radius: number): Float32Array {
  const means = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    const from = Math.max(0, i - radius);
    const to = Math.min(size, i + radius + 1);
    means.fill(1 / (to - from), i * size + from, i * size + to);
  }
  return means;
}
