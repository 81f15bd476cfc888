import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../electron/learning/csv.ts';
import { readDataset, shuffled, testSamples } from '../../../../electron/learning/dataset.ts';

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'kenro-dataset-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function files(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), '');
  }
}

const brief = (samples: readonly { path: string; label: string; split: string | null }[]) =>
  samples.map(({ path, label, split }) => [relative(dir, path), label, split]);

describe('readDataset', () => {
  it('reads class folders; good and ok in any case are OK', async () => {
    await files('Good/a.png', 'scratch/deep/b.JPG', 'OK/c.tif', 'scratch/notes.txt', '.cache/x.png');
    const dataset = await readDataset(dir);
    expect(dataset.layout).toBe('classes');
    expect(brief(dataset.samples)).toEqual([
      ['Good/a.png', 'ok', null],
      ['OK/c.tif', 'ok', null],
      ['scratch/deep/b.JPG', 'scratch', null],
    ]);
    expect(testSamples(dataset)).toHaveLength(3);
  });

  it('reads the layout of MVTec AD without its masks, and tests on its test part only', async () => {
    await files('train/good/1.png', 'test/good/2.png', 'test/crack/3.png', 'ground_truth/crack/3_mask.png');
    const dataset = await readDataset(dir);
    expect(dataset.layout).toBe('mvtec');
    expect(brief(dataset.samples)).toEqual([
      ['test/crack/3.png', 'crack', 'test'],
      ['test/good/2.png', 'ok', 'test'],
      ['train/good/1.png', 'ok', 'train'],
    ]);
    expect(brief(testSamples(dataset)).map(([path]) => path)).toEqual([
      'test/crack/3.png',
      'test/good/2.png',
    ]);
  });

  it('reads a CSV file with paths relative to it', async () => {
    const csv = join(dir, 'set.csv');
    await writeFile(
      csv,
      '\uFEFFlabel,path,split,group,weight,cell\r\nGOOD,"a, b.png",train,g1,2,c1\r\ncrack,sub/c.png,TEST,,,c2\r\n',
    );
    const dataset = await readDataset(csv);
    expect(dataset).toEqual({
      layout: 'csv',
      samples: [
        { path: join(dir, 'a, b.png'), label: 'ok', split: 'train', group: 'g1', weight: 2 },
        { path: join(dir, 'sub/c.png'), label: 'crack', split: 'test', group: null, weight: 1 },
      ],
    });
    const regrouped = await readDataset(csv, { column: 'cell' });
    expect(regrouped.samples.map(({ group }) => group)).toEqual(['c1', 'c2']);
  });

  it('groups by a pattern in the file name', async () => {
    await files('ok/part7_a.png', 'ok/part7_b.png', 'ok/other.png');
    const { samples } = await readDataset(dir, { pattern: /part(\d+)/ });
    expect(samples.map(({ group }) => group)).toEqual([null, '7', '7']);
  });

  it.each([
    ['file,label\na.png,ok', 'path'],
    ['path,label\na.png,', 'label'],
    ['path,label,split\na.png,ok,validation', 'split'],
    ['path,label,weight\na.png,ok,-1', 'weight'],
  ])('refuses the CSV %j, naming the place', async (text, word) => {
    const csv = join(dir, 'set.csv');
    await writeFile(csv, text);
    const failure = await readDataset(csv).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ kind: 'badRequest', params: { file: csv } });
    expect(String((failure as { params: { reason: string } }).params.reason)).toContain(word);
  });

  it('says what is missing', async () => {
    await expect(readDataset(join(dir, 'nowhere'))).rejects.toMatchObject({ kind: 'folderMissing' });
    await expect(readDataset(dir)).rejects.toMatchObject({ kind: 'folderEmpty' });
  });
});

describe('shuffled', () => {
  const samples = Array.from({ length: 50 }, (_, at) => ({ path: `/here/${at}.png` }));

  it('depends on the seed and on nothing else', () => {
    const moved = samples.map(({ path }) => ({ path: path.replace('/here', '/there/else') }));
    const names = (list: { path: string }[]) => list.map(({ path }) => path.split('/').at(-1));
    expect(names(shuffled(samples, 1))).toEqual(names(shuffled(moved, 1)));
    expect(names(shuffled(samples, 1))).not.toEqual(names(shuffled(samples, 2)));
    expect([...shuffled(samples, 1)].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      [...samples].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  });

  it('takes the first few of the whole order', () => {
    expect(shuffled(samples, 3, 5)).toEqual(shuffled(samples, 3).slice(0, 5));
  });
});

describe('parseCsv', () => {
  it.each<[string, string[][]]>([
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a,"b ""c"", d"\n', [['a', 'b "c", d']]],
    [
      '"two\nlines",x\n\n\ny,z',
      [
        ['two\nlines', 'x'],
        ['y', 'z'],
      ],
    ],
    ['', []],
  ])('splits %j', (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });
});
