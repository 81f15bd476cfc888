import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { usualFineTune } from '../../../../electron/contract/usualSettings.ts';
import { readBegun, readTestSide } from '../../../../electron/learning/runFiles.ts';
import { fakeSnapshot } from '../../../support/fakeSnapshot.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const [model] = fakeSnapshot().models;
const images = [{ path: '/a.png', label: 'ok', split: null, group: null, weight: 1 }];
const job = { model: '/m.onnx', images, corrected: [], inUse: null, settings: usualFineTune, cacheMb: 1 };

async function holding(name: string, content: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), content);
  return folder;
}

test('what a run was begun with is read as it was written', async () => {
  const begun = { model: model!, job };
  expect(await readBegun(await holding('job.json', JSON.stringify(begun)))).toEqual(begun);
});

test('of the verdicts the parts and what they are is read', async () => {
  const said = { said: 'OK', score: 0.1 };
  const parts = [{ file: '/a.png', label: 'ok', before: said, after: said }];
  expect(await readTestSide(await holding('verdicts.json', JSON.stringify(parts)))).toEqual([
    { path: '/a.png', label: 'ok' },
  ]);
});

describe('a file that is not as it was written is named with the place', () => {
  test.each([
    ['half of it', '{"model":', 'JSON'],
    ['another file', '[]', undefined],
    [
      'a field that is missing',
      JSON.stringify({ model, job: { ...job, cacheMb: undefined } }),
      'job.cacheMb',
    ],
  ])('%s', async (_what, content, reason) => {
    const folder = await holding('job.json', content);
    const refused = readBegun(folder);
    await expect(refused).rejects.toMatchObject({ kind: 'runFileUnreadable' });
    const path = join(folder, 'job.json');
    await expect(refused).rejects.toHaveProperty(
      'params',
      reason === undefined ? { path } : { path, reason },
    );
  });

  test('none at all, or no parts in it', async () => {
    const folder = await holding('verdicts.json', '[]');
    await expect(readTestSide(folder)).rejects.toMatchObject({ kind: 'runFileUnreadable' });
    await expect(readBegun(folder)).rejects.toMatchObject({
      kind: 'runFileUnreadable',
      params: { path: join(folder, 'job.json'), reason: 'ENOENT' },
    });
  });
});
