import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import {
  boolTensor,
  codeOfDataType,
  float32Tensor,
  tensorFromNumbers,
} from '../../../native-models/onnx/dataTypes.ts';
import { loadModelFile, saveModelFile } from '../../../native-models/onnx/files.ts';
import type { Attribute } from '../../../native-models/onnx/ir.ts';
import { removeDeadCode } from '../../../native-models/onnx/passes/removeDeadCode.ts';
import { AttributeType, newMessage, parseModelProto } from '../../../native-models/onnx/protobuf.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { openSession } from '../../../native-models/runtime/session.ts';
import { feedsOf, hasModels, loadShared, modelFiles, run } from './modelFiles.ts';

describe.skipIf(!hasModels)('reading and writing the shared models', () => {
  it.each(modelFiles)('%s: read, written and read again is the same', (_name, path) => {
    const model = loadShared(path);
    expect(isDeepStrictEqual(readModel(writeModel(model)), model)).toBe(true);
  });

  it.each(modelFiles)('%s: onnxruntime gives the same numbers', async (_name, path) => {
    const model = loadShared(path);
    const feeds = feedsOf(model);
    const before = await run(readFileSync(path), feeds);
    const after = await run(model, feeds);
    expect(isDeepStrictEqual(after, before)).toBe(true);
  });

  it.each(modelFiles)('%s: the same through a file with external data', async (_name, path) => {
    const folder = mkdtempSync(join(tmpdir(), 'kenro-onnx-'));
    try {
      const model = loadShared(path);
      const file = join(folder, 'model.onnx');
      await saveModelFile(file, model, { externalData: {} });
      expect(statSync(`${file}.data`).size).toBeGreaterThan(statSync(file).size / 10);
      expect(isDeepStrictEqual(await loadModelFile(file), model)).toBe(true);

      const feeds = feedsOf(model);
      const session = await openSession(file, { optimisation: 'disabled', threads: 1 });
      try {
        expect(isDeepStrictEqual(await session.run(feeds), await run(model, feeds))).toBe(true);
      } finally {
        await session.dispose();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what onnxruntime makes of written models', () => {
  it.each(['float32', 'float64', 'float16', 'bfloat16', 'bool', 'int8', 'uint8', 'int16'] as const)(
    'a constant and an initializer of %s',
    async (dtype) => {
      const values = dtype === 'bool' ? [0, 1, 1] : [0, dtype.includes('float') ? 1.5 : 2, 3];
      const tensor = tensorFromNumbers(dtype, [3], values);
      const g = new GraphBuilder();
      const constants = [g.initializer('initializer', tensor), g.op('Constant', [], { value: tensor })];
      for (const constant of constants) g.output(g.op('Cast', [constant], { to: codeOfDataType('float32') }));
      for (const result of Object.values(await run(g.model(), {}))) expect([...result.data]).toEqual(values);
    },
  );

  it.each(['int32', 'uint16', 'uint32', 'int64', 'uint64'] as const)('integers of %s', async (dtype) => {
    const g = new GraphBuilder();
    const constant = g.initializer('w', tensorFromNumbers(dtype, [3], [0, 1, 60_000]));
    g.output(g.op('Cast', [constant], { to: codeOfDataType('float32') }, { outputs: ['y'] }));
    expect([...(await run(g.model(), {}))['y']!.data]).toEqual([0, 1, 60_000]);
  });

  it('control flow keeps what its branches read', async () => {
    const inner = new GraphBuilder();
    inner.op('Neg', ['captured'], {}, { outputs: ['inner'] });
    inner.output('inner', 'float32', [2]);
    const branch = parseModelProto(writeModel(inner.model('branch'))).graph!;
    const branchAttribute = (name: string): Attribute => {
      const proto = newMessage.attribute();
      Object.assign(proto, { name, type: AttributeType.GRAPH, g: branch });
      return { type: 'opaque', value: proto };
    };
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2]);
    const flag = g.input('flag', 'bool', []);
    g.op('Exp', [x], {}, { outputs: ['captured'] });
    const branches = {
      then_branch: branchAttribute('then_branch'),
      else_branch: branchAttribute('else_branch'),
    };
    g.output(g.op('If', [flag], branches, { outputs: ['y'] }), 'float32', [2]);
    const model = removeDeadCode(readModel(writeModel(g.model())));
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'If']);
    const feeds = { x: float32Tensor([2], [0, 1]), flag: boolTensor([], [true]) };
    expect([...(await run(model, feeds))['y']!.data]).toEqual([-1, -Math.fround(Math.E)]);
  });
});
