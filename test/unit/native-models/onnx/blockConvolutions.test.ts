import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { elementCount, float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { blockConvolutions } from '../../../../native-models/onnx/passes/blockConvolutions.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';
import { channelBlock, openStepSession } from '../../../../native-models/training/stepSession.ts';

const block = await channelBlock();
/** Channels that fill blocks of 8 and of 16. */
const full = 32;
const side = 9;

interface Case {
  readonly name: string;
  readonly channels: number;
  readonly weight: readonly [number, number, number, number];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  readonly activation?: 'Relu' | 'Clip';
  readonly bias?: boolean;
}

const gaining: readonly Case[] = [
  { name: 'dense', channels: full, weight: [full, full, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  { name: 'dense with bias', channels: full, weight: [2 * full, full, 3, 3], bias: true },
  {
    name: 'strided, padded unevenly',
    channels: full,
    weight: [full, full, 3, 3],
    attributes: { strides: [2, 2], pads: [0, 0, 1, 1] },
  },
  { name: 'dilated', channels: full, weight: [full, full, 3, 3], attributes: { dilations: [2, 2] } },
  {
    name: 'seven taps a side',
    channels: full,
    weight: [full, full, 7, 7],
    attributes: { pads: [3, 3, 3, 3] },
  },
  { name: 'uneven kernel', channels: full, weight: [full, full, 1, 5] },
  {
    name: 'depthwise',
    channels: full,
    weight: [full, 1, 3, 3],
    attributes: { group: full, pads: [1, 1, 1, 1] },
    bias: true,
  },
  { name: 'depthwise of one tap', channels: full, weight: [full, 1, 1, 1], attributes: { group: full } },
  {
    name: 'of a colour picture',
    channels: 3,
    weight: [full, 3, 3, 3],
    attributes: { strides: [2, 2] },
    bias: true,
  },
  { name: 'with Relu', channels: full, weight: [full, full, 3, 3], activation: 'Relu', bias: true },
  {
    name: 'with Clip',
    channels: full,
    weight: [full, 1, 3, 3],
    attributes: { group: full },
    activation: 'Clip',
  },
];

const left: readonly Case[] = [
  { name: 'of one tap', channels: full, weight: [full, full, 1, 1] },
  { name: 'whose channels fill no block', channels: full, weight: [full + 4, full, 3, 3] },
  { name: 'that reads channels that fill no block', channels: full + 4, weight: [full, full + 4, 3, 3] },
  {
    name: 'in groups of more than one channel',
    channels: full,
    weight: [full, 8, 3, 3],
    attributes: { group: 4 },
  },
  { name: 'with a picture for a kernel', channels: full, weight: [full, full, 8, 8] },
];

function convolution({ channels, weight, attributes, activation, bias }: Case): Model {
  const g = new GraphBuilder();
  g.input('x', 'float32', ['batch', channels, side, side]);
  g.input('w', 'float32', weight);
  const inputs = ['x', 'w', ...(bias ? [g.input('b', 'float32', [weight[0]])] : [])];
  const convolved = g.op('Conv', inputs, { kernel_shape: weight.slice(2), ...attributes });
  const bounds = [g.constant(float32Tensor([], [-0.5])), g.constant(float32Tensor([], [0.5]))];
  const y = activation ? g.op(activation, [convolved, ...(activation === 'Clip' ? bounds : [])]) : convolved;
  g.outputAs('y', y, 'float32');
  return g.model();
}

function feedsOf({ graph }: Model) {
  const random = seededRandom(3);
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const dims = shape!.map((dim) => (typeof dim === 'number' ? dim : 2));
      const values = Array.from({ length: elementCount(dims) }, () => random.uniform() - 0.5);
      return [name, float32Tensor(dims, values)];
    }),
  );
}

async function run(model: Model): Promise<Float32Array> {
  const session = await openSession(writeModel(model), { threads: 1 });
  try {
    return floatsOf(await session.run(feedsOf(model)), 'y');
  } finally {
    await session.dispose();
  }
}

const blockedConvolutions = ({ graph }: Model) =>
  graph.nodes.filter(({ op, domain }) => op === 'Conv' && domain !== '').length;

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const furthest = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(furthest).toBeLessThan(2e-5);
}

describe.skipIf(block === null)('convolutions in blocks', () => {
  test.each(gaining)('$name: the same values', async (each) => {
    const model = convolution(each);
    const blocked = blockConvolutions(model, block!);
    expect(blockedConvolutions(blocked)).toBe(1);
    expectClose(await run(blocked), await run(model));
  });

  test('an activation right behind is computed along with it', () => {
    for (const activation of ['Relu', 'Clip'] as const) {
      const blocked = blockConvolutions(convolution({ ...gaining[0]!, activation }), block!);
      expect(blocked.graph.nodes.some(({ op }) => op === activation)).toBe(false);
    }
  });

  test('one whose result is read before its activation stays as it is', async () => {
    const g = new GraphBuilder(convolution({ ...gaining[0]!, activation: 'Relu' }));
    const { nodes } = g.graph();
    g.outputAs('before', nodes.find(({ op }) => op === 'Conv')!.outputs[0]!, 'float32');
    const model = g.model();
    const blocked = blockConvolutions(model, block!);
    expect(blocked.graph.nodes.some(({ op }) => op === 'Relu')).toBe(true);
    expectClose(await run(blocked), await run(model));
  });

  test('a wrong block size is not taken for the right one', async () => {
    const model = convolution(gaining[0]!);
    const other = block === 16 ? 8 : 16;
    const found = await run(blockConvolutions(model, other)).catch(() => null);
    const expected = await run(model);
    expect(found?.every((value, i) => Math.abs(value - expected[i]!) < 1e-3) ?? false).toBe(false);
  });
});

describe('convolutions that gain nothing', () => {
  test.each(left)('$name is left alone', (each) => {
    const model = convolution(each);
    expect(blockConvolutions(model, 16)).toBe(model);
  });

  test('one with a constant weight is left to onnxruntime', () => {
    const model = convolution(gaining[0]!);
    const { graph } = model;
    const initializers = new Map([...graph.initializers, ['w', feedsOf(model).w!]]);
    const constant = { ...model, graph: { ...graph, initializers } };
    expect(blockConvolutions(constant, 16)).toBe(constant);
  });
});

test('a graph that cannot be loaded is refused as it is, not as what was made of it', async () => {
  const g = new GraphBuilder(convolution(gaining[0]!));
  g.outputAs('odd', g.op('NoSuchOperator', ['x']), 'float32');
  await expect(openStepSession(g.model())).rejects.toMatchObject({ kind: 'modelOperatorUnknown' });
});
