import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dropModel } from '../../../../electron/learning/modelFiles.ts';
import {
  keepDrawnReference,
  keepReference,
  readReference,
  referenceFolder,
} from '../../../../electron/learning/reference.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { sha256 } from '../../../support/testStation.ts';

const model = sha256('model');

async function pictures(count: number): Promise<{ models: string; scores: ReturnType<typeof scored> }> {
  const root = await temporaryFolder();
  const models = join(root, 'models');
  await mkdir(models);
  const paths = Array.from({ length: count }, (_, at) => join(root, `part ${at}.png`));
  for (const [at, path] of paths.entries()) await writeFile(path, `picture ${at}`);
  return { models, scores: scored(paths) };
}

function scored(paths: string[]) {
  return paths.map((name, at) => ({ name, score: at / 10, label: at % 2 === 0 ? null : 'dent' }));
}

describe('the parts a model is compared on', () => {
  test('stay with it when their pictures go', async () => {
    const { models, scores } = await pictures(2);
    await keepReference(models, model, scores);
    for (const { name } of scores) await rm(name);
    const kept = await readReference(models, model);
    expect(kept?.map(({ name, score, label }) => ({ name, score, label }))).toEqual(scores);
    const paths = kept?.map(({ image }) => (image.from === 'file' ? image.path : '')) ?? [];
    expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual([
      'picture 0',
      'picture 1',
    ]);
  });

  test('are kept once where the same model is made twice at the same time', async () => {
    const { models, scores } = await pictures(3);
    await Promise.all(Array.from({ length: 5 }, () => keepReference(models, model, scores)));
    expect(await readReference(models, model)).toHaveLength(3);
    expect(await readdir(models)).toEqual([`${model}.reference`]);
  });

  test('go with it', async () => {
    const { models, scores } = await pictures(1);
    await keepReference(models, model, scores);
    await dropModel(models, model);
    expect(await readdir(models)).toEqual([]);
  });

  test('are those whose pictures are there; without any there is no reference', async () => {
    const { models, scores } = await pictures(2);
    await rm(scores[0]!.name);
    await keepReference(models, model, [...scores, { name: 'disc 3', score: 1, label: null }]);
    expect((await readReference(models, model))?.map(({ name }) => name)).toEqual([scores[1]!.name]);

    await keepReference(models, sha256('other'), [{ name: 'disc 3', score: 1, label: null }]);
    expect(await readReference(models, sha256('other'))).toBeNull();
    expect(await readdir(models)).toEqual([`${model}.reference`]);
  });

  test('are none where the list is damaged', async () => {
    const { models, scores } = await pictures(1);
    await keepReference(models, model, scores);
    await writeFile(join(referenceFolder(models, model), 'reference.json'), '{"parts": [{');
    expect(await readReference(models, model)).toBeNull();
  });

  test('may be drawn instead', async () => {
    const { models } = await pictures(0);
    const disturbances = { light: 0, blur: 0, noise: 0 };
    const image = { from: 'demo', part: 'tile', seed: 1, index: 3, defectRate: 0, disturbances } as const;
    const part = { name: 'tile 3', score: 0.5, label: null, image };
    await keepDrawnReference(models, model, [part]);
    expect(await readReference(models, model)).toEqual([part]);
  });
});
