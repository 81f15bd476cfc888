import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { loadModelFile, saveModelFile } from '../../../../native-models/onnx/files.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';

let root: string;
let folder: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kenro-files-'));
  folder = join(root, 'model');
  mkdirSync(folder);
  file = join(folder, 'net.onnx');
});
afterEach(() => rmSync(root, { recursive: true }));

function twoWeights(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1000]);
  const large = g.initializer(
    'large',
    float32Tensor(
      [1000],
      Float32Array.from({ length: 1000 }, (_, i) => i),
    ),
  );
  const small = g.initializer('small', float32Tensor([1], [2]));
  g.output(g.op('Add', [g.op('Mul', [x, small]), large]));
  return g.model('two');
}

/** The model with its large weight said to lie at `location`. */
function pointing(location: string, length = 4000, offset = 0): Uint8Array {
  return writeModel(twoWeights(), {
    storeExternal: (name) => (name === 'large' ? { location, offset, length } : null),
  });
}

const weights = () => new Uint8Array(Float32Array.from({ length: 1000 }, (_, i) => i).buffer);

describe('model files', () => {
  it('come back as they were saved, in one file or two', async () => {
    await saveModelFile(file, twoWeights());
    expect(await loadModelFile(file)).toEqual(twoWeights());
    expect(readdirSync(folder)).toEqual(['net.onnx']);

    await saveModelFile(file, twoWeights(), { externalData: {} });
    expect(readdirSync(folder).sort()).toEqual(['net.onnx', 'net.onnx.data']);
    expect(statSync(`${file}.data`).size).toBe(4000);
    expect(readFileSync(file).length).toBeLessThan(1000);
    expect(await loadModelFile(file)).toEqual(twoWeights());
  });

  it('put every tensor at a multiple of the page size', async () => {
    await saveModelFile(file, twoWeights(), { externalData: { file: 'w.bin', minimumBytes: 0 } });
    expect(statSync(join(folder, 'w.bin')).size).toBe(4096 + 4);
    expect(await loadModelFile(file)).toEqual(twoWeights());
  });

  it('leave nothing behind, and the old file as it was, when saving fails', async () => {
    await saveModelFile(file, twoWeights());
    mkdirSync(join(folder, 'w.bin'));
    await expect(saveModelFile(file, twoWeights(), { externalData: { file: 'w.bin' } })).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(['net.onnx', 'w.bin']);
    expect(await loadModelFile(file)).toEqual(twoWeights());
  });

  it.each(['../w.bin', '/tmp/w.bin', 'a/b.bin', '..', 'C:\\w.bin'])(
    'do not save data as %s',
    async (name) => {
      await expect(saveModelFile(file, twoWeights(), { externalData: { file: name } })).rejects.toMatchObject(
        {
          kind: 'badRequest',
        },
      );
    },
  );

  it('that are missing are named', async () => {
    await expect(loadModelFile(file)).rejects.toMatchObject({ kind: 'modelMissing', params: { file } });
  });

  it('that are folders are unreadable', async () => {
    await expect(loadModelFile(folder)).rejects.toMatchObject({ kind: 'modelUnreadable' });
  });
});

describe('external data', () => {
  it('may lie in a folder below', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'w.bin'), weights());
    writeFileSync(file, pointing('data/w.bin'));
    expect(await loadModelFile(file)).toEqual(twoWeights());
  });

  it('that are missing are named', async () => {
    writeFileSync(file, pointing('w.bin'));
    await expect(loadModelFile(file)).rejects.toMatchObject({
      kind: 'modelExternalDataMissing',
      params: { name: 'net.onnx', file: 'w.bin' },
    });
  });

  it.each(['../w.bin', 'data/../../w.bin', '..\\w.bin', 'C:\\w.bin', 'link.bin', 'linked/w.bin'])(
    'outside the folder of the model are refused: %s',
    async (location) => {
      writeFileSync(join(root, 'w.bin'), weights());
      symlinkSync(join(root, 'w.bin'), join(folder, 'link.bin'));
      symlinkSync(root, join(folder, 'linked'));
      writeFileSync(file, pointing(location));
      await expect(loadModelFile(file)).rejects.toMatchObject({
        kind: 'modelUnreadable',
        params: { name: 'net.onnx', file: location },
      });
    },
  );

  it('by an absolute path are refused, even of a file in the folder', async () => {
    writeFileSync(join(folder, 'w.bin'), weights());
    writeFileSync(file, pointing(join(folder, 'w.bin')));
    await expect(loadModelFile(file)).rejects.toMatchObject({ kind: 'modelUnreadable' });
  });

  it.each([
    ['end too early', 4000, 4],
    ['are of another length', 3996, 0],
    ['begin behind the end', 4000, 2 ** 50],
  ])('that %s are refused', async (_name, length, offset) => {
    writeFileSync(join(folder, 'w.bin'), weights());
    writeFileSync(file, pointing('w.bin', length, offset));
    await expect(loadModelFile(file)).rejects.toMatchObject({ kind: 'modelUnreadable' });
  });
});
