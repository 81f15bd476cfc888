import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../../native-models/onnx/dataTypes.ts';
import { saveModelFile } from '../../../../native-models/onnx/files.ts';
import type { Dim, Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';

const ones = (dims: readonly number[]) =>
  float32Tensor(dims, new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(1));

/** 3×3 convolution of ones from 3 to 4 channels. */
function convolution(shape: readonly Dim[]): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', shape);
  g.outputAs('y', g.op('Conv', [x, g.initializer('weight', ones([4, 3, 3, 3]))]), 'float32', null);
  return g.model();
}

function single(op: string, domain = ''): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1, 3, 8, 8]);
  g.output(g.op(op, [x], {}, { domain }), 'float32', null);
  return g.model(undefined, new Map([['', 17], ...(domain ? ([[domain, 1]] as const) : [])]));
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'session-'));
});
afterAll(() => rm(dir, { recursive: true }));

describe('openSession', () => {
  it('runs a graph from bytes, from a file, and says what goes in and out', async () => {
    const model = convolution(['N', 3, 8, 8]);
    const path = join(dir, 'convolution.onnx');
    await saveModelFile(path, model);
    for (const source of [writeModel(model), path]) {
      const session = await openSession(source, { threads: 1 });
      expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', 3, 8, 8] }]);
      const results = await session.run({ x: ones([2, 3, 8, 8]) });
      expect(results['y']!.dims).toEqual([2, 4, 6, 6]);
      expect(new Set(floatsOf(results, 'y'))).toEqual(new Set([27]));
      await session.dispose();
    }
  });

  it.skipIf(process.platform === 'win32')('names a provider that this computer does not have', async () => {
    const opened = openSession(writeModel(convolution([1, 3, 3, 3])), { provider: 'dml' });
    await expect(opened).rejects.toMatchObject({
      kind: 'providerUnavailable',
      params: { provider: 'dml', reason: 'backend not found' },
    });
  });

  it('reads a reused input array anew at every run', async () => {
    const session = await openSession(writeModel(convolution([1, 3, 3, 3])), { threads: 1 });
    const x = ones([1, 3, 3, 3]);
    const first = floatsOf(await session.run({ x }), 'y');
    x.data.fill(2);
    const second = floatsOf(await session.run({ x }), 'y');
    expect([first[0], second[0]]).toEqual([27, 54]);
    await session.dispose();
  });

  it.each([
    ['text', 'this is no model, however long it goes on'],
    ['nothing', ''],
  ])('refuses %s', async (name, content) => {
    const path = join(dir, `${name}.onnx`);
    await writeFile(path, content);
    await expect(openSession(path)).rejects.toMatchObject({
      kind: 'modelUnreadable',
      params: { path, name: `${name}.onnx` },
    });
  });

  it('refuses half a model', async () => {
    const bytes = writeModel(convolution([1, 3, 8, 8]));
    await expect(openSession(bytes.slice(0, bytes.length / 2))).rejects.toMatchObject({
      kind: 'modelUnreadable',
    });
  });

  it('names a missing file', async () => {
    const path = join(dir, 'gone.onnx');
    await expect(openSession(path)).rejects.toMatchObject({ kind: 'modelMissing', params: { file: path } });
  });

  it.each(['', 'com.example'])('names an unknown operator of domain "%s"', async (domain) => {
    await expect(openSession(writeModel(single('Frobnicate', domain)))).rejects.toMatchObject({
      kind: 'modelOperatorUnknown',
      params: { op: expect.stringContaining('Frobnicate') },
    });
  });

  it('names the missing file of external data', async () => {
    const path = join(dir, 'outside.onnx');
    await saveModelFile(path, convolution([1, 3, 8, 8]), {
      externalData: { file: 'weights.bin', minimumBytes: 0 },
    });
    await unlink(join(dir, 'weights.bin'));
    await expect(openSession(path)).rejects.toMatchObject({
      kind: 'modelExternalDataMissing',
      params: { name: 'outside.onnx', file: 'weights.bin' },
    });
  });
});

describe('run', () => {
  it.each([
    { declared: [1, 3, 8, 8], fed: [1, 1, 8, 8], got: '[1]=1', expected: '[1]=3' },
    { declared: [1, 3, 8, 8], fed: [1, 3, 9, 8], got: '[2]=9', expected: '[2]=8' },
    { declared: [1, 3, 8, 8], fed: [3, 8, 8], got: '3-D', expected: '4-D' },
    { declared: ['n', 'c', 'h', 'w'], fed: [1, 1, 8, 8], got: '1 channels', expected: '3 channels' },
  ])('says what an input of $fed lacks for $declared', async ({ declared, fed, got, expected }) => {
    const session = await openSession(writeModel(convolution(declared)));
    await expect(session.run({ x: ones(fed) })).rejects.toMatchObject({
      kind: 'modelInputUnsupported',
      params: { got, expected },
    });
    await session.dispose();
  });

  it('says where shapes do not work out', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['n', 'c', 'h', 'w']);
    g.output(g.op('Reshape', [x, g.constant(int64List([1, 192]))]), 'float32', null);
    const session = await openSession(writeModel(g.model()));
    await expect(session.run({ x: ones([1, 3, 9, 9]) })).rejects.toMatchObject({
      kind: 'modelShapeUnresolved',
      params: { op: 'Reshape' },
    });
    await session.dispose();
  });

  it('names an output that is not there', async () => {
    const session = await openSession(writeModel(convolution([1, 3, 8, 8])));
    await expect(session.run({ x: ones([1, 3, 8, 8]) }, ['z'])).rejects.toMatchObject({
      kind: 'modelOutputMissing',
      params: { name: 'z' },
    });
    await session.dispose();
  });
});
