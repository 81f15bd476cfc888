import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PlainAttribute } from '../../../native-models/onnx/attributes.ts';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../native-models/onnx/ir.ts';
import { upgradeOpset } from '../../../native-models/onnx/passes/upgradeOpset.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { run } from './modelFiles.ts';

const random = seededRandom(5);
const noise = (...dims: number[]) =>
  float32Tensor(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );

interface Case {
  readonly op: string;
  readonly opset: number;
  readonly attributes?: Readonly<Record<string, PlainAttribute>>;
  readonly inputs?: readonly Tensor[];
  readonly outputs?: number;
  readonly shape?: readonly number[];
}

/** Every change that `opsetSteps.ts` knows, as the old operator set wrote it. */
const cases: readonly Case[] = [
  {
    op: 'Slice',
    opset: 9,
    attributes: { starts: [1, -3], ends: [(2n ** 63n - 1n) as never, 4], axes: [1, 3] },
  },
  { op: 'Slice', opset: 9, attributes: { starts: [0], ends: [1] } },
  { op: 'TopK', opset: 9, attributes: { k: 2, axis: 1 }, outputs: 2 },
  { op: 'Upsample', opset: 9, attributes: { mode: 'nearest' }, inputs: [float32Tensor([4], [1, 1, 2, 3])] },
  { op: 'Upsample', opset: 9, attributes: { mode: 'linear' }, inputs: [float32Tensor([4], [1, 1, 2, 2])] },
  { op: 'Resize', opset: 10, attributes: { mode: 'nearest' }, inputs: [float32Tensor([4], [1, 1, 1.5, 2])] },
  { op: 'Resize', opset: 10, attributes: { mode: 'linear' }, inputs: [float32Tensor([4], [1, 1, 0.5, 2])] },
  { op: 'Clip', opset: 9, attributes: { min: 0, max: 0.5 } },
  { op: 'Clip', opset: 9, attributes: { min: -0.25 } },
  { op: 'Pad', opset: 9, attributes: { pads: [0, 0, 1, 2, 0, 0, 3, 1], value: floatOf(1.5) } },
  { op: 'Pad', opset: 10, attributes: { pads: [0, 0, 1, 2, 0, 0, 3, 1], mode: 'reflect' } },
  { op: 'Dropout', opset: 9, attributes: { ratio: 0.5 } },
  { op: 'Softmax', opset: 9 },
  { op: 'Softmax', opset: 11, attributes: { axis: 2 } },
  { op: 'Softmax', opset: 11, attributes: { axis: 3 } },
  { op: 'Softmax', opset: 12, attributes: { axis: -1 } },
  { op: 'LogSoftmax', opset: 11, attributes: { axis: 0 } },
  { op: 'Hardmax', opset: 11, attributes: { axis: 1 } },
  { op: 'Squeeze', opset: 11, attributes: { axes: [0, -1] }, shape: [1, 3, 1] },
  { op: 'Unsqueeze', opset: 11, attributes: { axes: [0, 3] } },
  { op: 'ReduceSum', opset: 11, attributes: { axes: [1, 3], keepdims: 0 } },
  { op: 'Split', opset: 11, attributes: { axis: 1, split: [1, 2] }, outputs: 2 },
  { op: 'Split', opset: 13, attributes: { axis: 2 }, outputs: 2 },
  { op: 'ReduceMean', opset: 11, attributes: { axes: [2, 3] } },
  { op: 'ReduceMax', opset: 13, attributes: { axes: [-1], keepdims: 0 } },
  { op: 'ReduceL2', opset: 9 },
  {
    op: 'GridSample',
    opset: 16,
    attributes: { mode: 'bicubic', align_corners: 1 },
    inputs: [float32Tensor([2, 1, 2, 2], [0, 0.5, 1, -1, -0.3, 0.2, 0.9, 0, 0.1, 0.2, 0.3, 0.4].slice(0, 8))],
  },
  {
    op: 'GroupNormalization',
    opset: 18,
    attributes: { num_groups: 2 },
    inputs: [float32Tensor([2], [2, 3]), float32Tensor([2], [1, -1])],
    shape: [2, 4, 3, 3],
  },
];

function floatOf(value: number): PlainAttribute {
  return { type: 'float', value };
}

function modelOf({
  op,
  opset,
  attributes = {},
  inputs = [],
  outputs = 1,
  shape = [2, 3, 4, 6],
}: Case): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', shape);
  const constants = inputs.map((tensor, i) => g.initializer(`constant${i}`, tensor));
  for (const name of g.ops(op, [x, ...constants], outputs, attributes)) g.output(name);
  return { ...g.model('old', new Map([['', opset]])), irVersion: 4 };
}

describe('upgrading the operator set', () => {
  it.each(
    cases.map(
      (each) =>
        [`${each.op} of ${each.opset} ${JSON.stringify(Object.keys(each.attributes ?? {}))}`, each] as const,
    ),
  )('%s', async (_name, each) => {
    const model = modelOf(each);
    const feeds = { x: noise(...(each.shape ?? [2, 3, 4, 6])) };
    const before = await run(model, feeds);
    for (const target of [17, 18, 22].filter((version) => version > each.opset)) {
      const upgraded = upgradeOpset(model, target);
      expect(upgraded.opsets.get('')).toBe(target);
      const after = await run(upgraded, feeds);
      expect(isDeepStrictEqual(after, before), `to ${target}`).toBe(true);
    }
  });

  it('leaves a model that is there as it is', () => {
    const model = modelOf({ op: 'Relu', opset: 17 });
    expect(upgradeOpset(model)).toBe(model);
    expect(upgradeOpset(model, 13)).toBe(model);
  });

  it('refuses what it does not know', () => {
    const kindOf = (model: Model, target?: number) => {
      try {
        upgradeOpset(model, target);
      } catch (error) {
        return (error as { kind?: string }).kind;
      }
      return 'upgraded';
    };
    expect(kindOf(modelOf({ op: 'Relu', opset: 8 }))).toBe('modelOperatorUnknown');
    expect(kindOf(modelOf({ op: 'Relu', opset: 9 }), 23)).toBe('badRequest');
    const g = new GraphBuilder();
    g.output(g.op('Softmax', [g.input('x', 'float32', null)]));
    expect(kindOf(g.model('unknown rank', new Map([['', 11]])))).toBe('modelShapeUnresolved');
  });
});
