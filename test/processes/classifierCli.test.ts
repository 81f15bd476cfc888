import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { teachClassifier } from '../../native-models/detectors/teachClassifier.ts';
import { filterBank } from '../../native-models/models/filterBank.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { surface, surfaceClasses, writeClassFolders } from '../support/classPictures.ts';
import { kenro, records } from '../support/kenroProcess.ts';
import { smallPreprocess } from '../support/smallDetector.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-classifier-'));
  await writeClassFolders(folder, 2, 700);
  const images = surfaceClasses.flatMap((label) =>
    Array.from({ length: 12 }, (_, number) => ({
      ...{ name: `${label} ${number}`, label, split: null, group: null },
      load: () => Promise.resolve(surface(label, number)),
    })),
  );
  const backbone = { model: filterBank(), name: 'bank', preprocess: smallPreprocess };
  const made = await teachClassifier({
    ...{ images, okLabels: ['ok'], backbone, features: ['fine', 'coarse'], seed: 1 },
    session: { threads: 1 },
  });
  await writeFile(join(folder, 'sorter.onnx'), writeModel(made.model));
  return () => rm(folder, { recursive: true, force: true });
});

it('kenro inspect names the defect type of what is not OK, as JSON and for people', async () => {
  const model = join(folder, 'sorter.onnx');
  const paths = surfaceClasses.map((kind) => join(folder, kind));
  const json = await kenro('inspect', '--json', '--model', model, '--threads', '1', ...paths);
  expect(json.code).toBe(0);
  expect(records(json)).toHaveLength(6);
  for (const record of records(json)) {
    const kind = surfaceClasses.find((each) => String(record['file']).includes(`${each}-70`));
    expect([kind, record['label']]).toEqual([kind, kind === 'ok' ? undefined : kind]);
    expect(record['verdict'] === 'OK').toBe(kind === 'ok');
  }
  const plain = await kenro('inspect', '--model', model, '--threads', '1', join(folder, 'spot'));
  expect(plain.out).toMatch(/spot-700\.png +spot\n/);
});

it('kenro evaluate says what each defect type is called, with recall by type and its interval', async () => {
  const model = join(folder, 'sorter.onnx');
  const data = join(folder, 'data');
  await writeClassFolders(data, 3, 800);
  const given = ['evaluate', '--model', model, '--data', data, '--corruptions', 'none', '--threads', '1'];
  const json = await kenro(...given, '--json');
  expect(json.code).toBe(0);
  const { confusion } = records(json).at(-1)! as unknown as {
    confusion: {
      columns: string[];
      rows: { label: string; said: number[]; recall: number; recallInterval: number[] }[];
    };
  };
  expect(confusion.columns).toEqual(['ok', 'spot', 'stripe', 'review']);
  expect(confusion.rows.map(({ label, said, recall }) => [label, said, recall])).toEqual([
    ['ok', [3, 0, 0, 0], 1],
    ['spot', [0, 3, 0, 0], 1],
    ['stripe', [0, 0, 3, 0], 1],
  ]);
  // Three parts prove little.
  expect(confusion.rows[1]!.recallInterval[0]).toBeLessThan(0.5);
  const plain = await kenro(...given);
  expect(plain.out).toMatch(/spot +1\.0000 {2}\[0\.\d+, 1\.0000\] {2}\(3 of 3\) +spot 3/);
});
