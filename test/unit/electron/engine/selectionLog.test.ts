import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSelectionLog } from '../../../../electron/engine/selectionLog.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

const image = (name: string) => ({
  ...{ name, label: 'ok', split: null, group: null, weight: 1, sha256: name, channels: 1 as const },
  load: () => Promise.reject(new Error('not read')),
});
const samples = ['a', 'b', 'c'].map((name) => ({ image: image(name), label: 0, isSynthetic: name === 'c' }));
const all = { indices: [0, 1, 2], weights: [1, 1, 1], scores: null };
const some = (index: number) => ({
  indices: [index, 2],
  weights: [0.5, 1.5],
  scores: Float32Array.of(0.25, 0.5, 0.125),
});

test('a line for each selection, with the score of every sample, chosen or not', async () => {
  const folder = await temporaryFolder();
  const log = await openSelectionLog(folder, samples, null);
  expect(log.latest()).toBeNull();
  await log.note(0, all);
  expect(log.latest()).toEqual({ epoch: 1, samples: null });
  await log.note(1, some(0));
  const lines = (await readFile(join(folder, 'selections.jsonl'), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[1]!)).toEqual({
    epoch: 2,
    samples: [
      { file: 'a', label: 'ok', isSynthetic: false, weight: 0.5, score: 0.25 },
      { file: 'b', label: 'ok', isSynthetic: false, weight: 0, score: 0.5 },
      { file: 'c', label: 'ok', isSynthetic: true, weight: 1.5, score: 0.125 },
    ],
  });
});

test('what a resumed training chose before it was left stays, and what it chooses again is not there twice', async () => {
  const folder = await temporaryFolder();
  const first = await openSelectionLog(folder, samples, null);
  for (const epoch of [0, 1, 2]) await first.note(epoch, some(epoch % 2));
  await appendFile(join(folder, 'selections.jsonl'), '{"epoch":4,"sam');
  const epochsOf = async (stepInEpoch: number) => {
    const log = await openSelectionLog(folder, samples, { epoch: 1, stepInEpoch });
    const text = await readFile(join(folder, 'selections.jsonl'), 'utf8');
    const epochs = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { epoch: number }).epoch);
    expect(log.latest()?.epoch).toBe(epochs.at(-1));
    return epochs;
  };
  expect(await epochsOf(3)).toEqual([1, 2]);
  expect(await epochsOf(0)).toEqual([1]);
});
