import { describe, expect, it } from 'vitest';
import type { PlainAttribute } from '../../../native-models/onnx/attributes.ts';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import {
  boolTensor,
  float32Scalar,
  float32Tensor,
  int64List,
  int64Scalar,
  int64Tensor,
  zeroTensor,
} from '../../../native-models/onnx/dataTypes.ts';
import type { Tensor } from '../../../native-models/onnx/ir.ts';
import { inferShapes } from '../../../native-models/onnx/passes/inferShapes.ts';
import { run } from './modelFiles.ts';

const zeros = (...dims: number[]) => zeroTensor('float32', dims);

type Case = readonly [
  op: string,
  inputs: readonly Tensor[],
  attributes?: Readonly<Record<string, PlainAttribute>>,
  outputs?: number,
  /** Inputs from this one on are constants; by default all but the first. */
  constantsFrom?: number,
];

/** Operators that backward graphs and other users' models hold and the gradient oracle does not. */
const cases: readonly Case[] = [
  ['ArgMax', [zeros(2, 3, 4)], { axis: -1, keepdims: 0 }],
  ['ArgMin', [zeros(2, 3, 4)], { axis: 1 }],
  ['And', [boolTensor([2, 1], [true, true]), boolTensor([3], [true, false, true])]],
  ['Not', [boolTensor([2], [true, false])]],
  ['Greater', [zeros(2, 1), zeros(1, 3)]],
  ['IsNaN', [zeros(2, 3)]],
  ['Compress', [zeros(4), boolTensor([4], [true, true, true, true])], {}, 1, 2],
  ['Det', [zeros(2, 3, 3)]],
  ['EyeLike', [zeros(3, 4)]],
  ['GridSample', [zeros(2, 3, 4, 5), zeros(2, 6, 7, 2)]],
  ['Hardmax', [zeros(2, 3)]],
  ['LpPool', [zeros(1, 2, 5, 5)], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 0, 0, 1] }],
  ['LRN', [zeros(1, 4, 3, 3)], { size: 3 }],
  ['MaxPool', [zeros(1, 1, 7, 7)], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }, 2],
  [
    'MaxPool',
    [zeros(1, 1, 8, 7)],
    { kernel_shape: [2, 3], strides: [3, 2], ceil_mode: 1, dilations: [2, 1] },
  ],
  [
    'AveragePool',
    [zeros(1, 1, 4, 4)],
    { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, pads: [0, 0, 1, 1] },
  ],
  [
    'MaxUnpool',
    [zeros(1, 1, 2, 2), int64Tensor([1, 1, 2, 2], [0, 2, 8, 10])],
    { kernel_shape: [2, 2], strides: [2, 2] },
  ],
  ['Conv', [zeros(1, 2, 7, 7), zeros(3, 2, 3, 3)], { auto_pad: 'SAME_LOWER', strides: [2, 3] }],
  ['Conv', [zeros(1, 2, 9), zeros(3, 2, 3)], { auto_pad: 'VALID', dilations: [2] }],
  [
    'ConvTranspose',
    [zeros(1, 2, 4, 4), zeros(2, 3, 3, 3)],
    { strides: [2, 2], output_padding: [1, 1], pads: [1, 1, 1, 1] },
  ],
  ['ConvTranspose', [zeros(1, 2, 4), zeros(2, 3, 3)], { strides: [2], output_shape: [9] }],
  ['OneHot', [int64List([0, 1]), int64Scalar(5), float32Tensor([2], [0, 1])], { axis: 0 }],
  ['Range', [float32Scalar(1), float32Scalar(2), float32Scalar(0.3)], {}, 1, 0],
  ['ReverseSequence', [zeros(4, 2), int64List([2, 3])]],
  ['RandomNormalLike', [zeros(2, 3)]],
  ['ScatterElements', [zeros(3, 3), int64Tensor([1, 2], [0, 1]), zeros(1, 2)], { axis: 1 }],
  ['ScatterND', [zeros(4, 3), int64Tensor([1, 1], [2]), zeros(1, 3)]],
  ['Size', [zeros(2, 3)]],
  ['Shape', [zeros(2, 3, 4)], { start: 1, end: -1 }],
  ['SpaceToDepth', [zeros(1, 2, 4, 6)], { blocksize: 2 }],
  ['Trilu', [zeros(3, 3)]],
  ['LSTM', [zeros(5, 2, 3), zeros(1, 16, 3), zeros(1, 16, 4)], { hidden_size: 4 }, 3],
  [
    'GRU',
    [zeros(5, 2, 3), zeros(2, 12, 3), zeros(2, 12, 4)],
    { hidden_size: 4, direction: 'bidirectional' },
    2,
  ],
  ['MatMulInteger', [zeroTensor('uint8', [2, 3]), zeroTensor('uint8', [3, 4])]],
  ['QuantizeLinear', [zeros(2, 3), float32Scalar(1), zeroTensor('int8', [])]],
  ['DequantizeLinear', [zeroTensor('int8', [2, 3]), float32Scalar(1)]],
  ['Resize', [zeros(1, 2, 5, 7), zeros(0), zeros(0), int64List([1, 2, 3, 4])], { mode: 'cubic' }],
  ['LayerNormalization', [zeros(2, 3, 4), zeros(3, 4)], { axis: 1 }, 3],
  ['MeanVarianceNormalization', [zeros(2, 3, 4, 4)]],
  ['SoftmaxCrossEntropyLoss', [zeros(2, 3), int64List([0, 1])], { reduction: 'none' }, 2],
  ['Dropout', [zeros(2, 3)], {}, 2],
];

describe('inferred shapes against those that come out of onnxruntime', () => {
  it.each(cases.map((each) => [`${each[0]} ${JSON.stringify(each[2] ?? {})}`, each] as const))(
    '%s',
    async (_name, [op, inputs, attributes = {}, outputs = 1, constantsFrom = 1]) => {
      const g = new GraphBuilder();
      const names = inputs.map((tensor, i) =>
        i < constantsFrom
          ? g.input(`x${i}`, tensor.dtype, tensor.dims)
          : // An empty tensor stands for an omitted input.
            tensor.data.length === 0
            ? ''
            : g.initializer(`x${i}`, tensor),
      );
      const made = g.ops(op, names, outputs, attributes);
      for (const name of made) g.output(name);
      const model = g.model();
      const results = await run(model, Object.fromEntries(inputs.map((tensor, i) => [`x${i}`, tensor])));
      const { graph } = inferShapes(model);
      for (const [k, name] of made.entries()) {
        const { dtype, dims } = results[name]!;
        const inferred = graph.outputs[k]!;
        expect(inferred.dtype).toBe(dtype);
        // What depends on the data is unknown, everything else is exact.
        const expected = op === 'Compress' ? [null] : dims;
        expect(inferred.shape).toEqual(expected);
      }
    },
  );
});
