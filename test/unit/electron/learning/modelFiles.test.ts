import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adoptModel, dropModel, modelFile } from '../../../../electron/learning/modelFiles.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { sha256 } from '../../../support/testStation.ts';

async function folders(): Promise<{ models: string; outside: string }> {
  const root = await temporaryFolder();
  const [models, outside] = [join(root, 'models'), join(root, 'outside')];
  await mkdir(models);
  await mkdir(outside);
  return { models, outside };
}

describe('a model in one file', () => {
  test('lies under its hash, and there is one copy however often it is adopted', async () => {
    const { models, outside } = await folders();
    await writeFile(join(outside, 'a.onnx'), 'model');
    const adopted = await Promise.all([1, 2, 3].map(() => adoptModel(models, join(outside, 'a.onnx'))));
    expect(adopted).toEqual([sha256('model'), sha256('model'), sha256('model')]);
    expect(await readdir(models)).toEqual([`${sha256('model')}.onnx`]);
    expect(await readFile(modelFile(models, sha256('model')), 'utf8')).toBe('model');
    await dropModel(models, sha256('model'));
    expect(await readdir(models)).toEqual([]);
  });

  test('that is not what it should be, or not there, is refused by name', async () => {
    const { models, outside } = await folders();
    await writeFile(join(outside, 'a.onnx'), 'model');
    await expect(adoptModel(models, join(outside, 'a.onnx'), [], sha256('other'))).rejects.toMatchObject({
      kind: 'modelHashMismatch',
      params: { file: 'a.onnx' },
    });
    const gone = join(outside, 'gone.onnx');
    await expect(adoptModel(models, gone)).rejects.toMatchObject({
      kind: 'modelMissing',
      params: { file: gone },
    });
    expect(await readdir(models)).toEqual([]);
  });
});

describe('a model with weights in other files', () => {
  test('lies in a folder of its own, where they have their names', async () => {
    const { models, outside } = await folders();
    await mkdir(join(outside, 'data'));
    await writeFile(join(outside, 'net.onnx'), 'graph');
    await writeFile(join(outside, 'net.data'), 'weights 1');
    await writeFile(join(outside, 'data', 'more'), 'weights 2');
    const hash = await adoptModel(models, join(outside, 'net.onnx'), ['net.data', 'data/more']);
    expect(modelFile(models, hash)).toBe(join(models, hash, 'model.onnx'));
    expect(await readFile(modelFile(models, hash), 'utf8')).toBe('graph');
    expect(await readFile(join(models, hash, 'net.data'), 'utf8')).toBe('weights 1');
    expect(await readFile(join(models, hash, 'data', 'more'), 'utf8')).toBe('weights 2');
  });

  test('is another model with other weights', async () => {
    const { models, outside } = await folders();
    await writeFile(join(outside, 'net.onnx'), 'graph');
    await writeFile(join(outside, 'net.data'), 'weights 1');
    const first = await adoptModel(models, join(outside, 'net.onnx'), ['net.data']);
    await writeFile(join(outside, 'net.data'), 'weights 2');
    const second = await adoptModel(models, join(outside, 'net.onnx'), ['net.data']);
    expect(second).not.toBe(first);
    expect((await readdir(models)).sort()).toEqual([first, second].sort());
  });

  test('of which one is missing is refused, naming it', async () => {
    const { models, outside } = await folders();
    await writeFile(join(outside, 'net.onnx'), 'graph');
    await expect(adoptModel(models, join(outside, 'net.onnx'), ['net.data'])).rejects.toMatchObject({
      kind: 'modelExternalDataMissing',
      params: { file: 'net.onnx', data: 'net.data' },
    });
    expect(await readdir(models)).toEqual([]);
  });
});
