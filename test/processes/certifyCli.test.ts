import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../native-models/images/procedural/dataset.ts';
import { kenro, launch, records } from '../support/kenroProcess.ts';
import { writeSmallDetector } from '../support/smallDetector.ts';

let folder: string;
let data: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-certify-'));
  data = join(folder, 'tiles');
  await writeDataset(data, {
    ...{ part: 'tile', seed: 3, trainGood: 1, testGood: 3, testPerDefect: 1 },
    disturbances: { light: 0, blur: 0, noise: 0 },
  });
  ({ path: model } = await writeSmallDetector(folder));
  return () => rm(folder, { recursive: true, force: true });
});

const certify = (...args: string[]) => kenro('certify', '--model', model, '--threads', '1', ...args);
const few = ['--sigma', '2/255', '--limit', '3', '--n0', '10'];

describe('kenro certify', () => {
  it('certifies each image at a radius, and says how many are right', async () => {
    const run = await certify('--data', data, ...few, '--radius', '0.005', '--json');
    expect(run).toMatchObject({ code: 0, err: '' });
    const lines = records(run);
    const summary = lines.pop()!;
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatchObject({ file: expect.any(String) as string, label: expect.any(String) as string });
      const { predicted, abstained, isRight, label, looks, n0, n, radius, isCertified } = line;
      expect(['ok', 'ng']).toContain(predicted);
      expect(isRight).toBe(!abstained && (predicted === 'ok') === (label === 'ok'));
      expect(looks).toBe(Number(n0) + Number(n));
      expect(isCertified).toBe(!abstained && Number(radius) >= 0.005);
    }
    const looks = lines.map((line) => Number(line['looks']));
    const right = lines.filter((line) => line['isRight'] && line['isCertified']);
    expect(right.length).toBeGreaterThan(0);
    expect(summary).toMatchObject({
      ...{ images: 3, radius: 0.005, sigma: 2 / 255, alpha: 0.001, n0: 10, n: 100_000 },
      sequential: 'betting',
      certifiedAccuracy: right.length / 3,
      meanLooks: expect.closeTo(looks.reduce((sum, each) => sum + each) / 3, 9) as number,
      intervals: { certifiedAccuracy: [expect.any(Number), expect.any(Number)] },
    });
  });

  it('gives the same output for the same seed, and another for another', async () => {
    const run = (seed: string) =>
      certify('--data', data, ...few, '--n', '32', '--alpha', '0.1', '--seed', seed, '--json');
    const first = await run('4');
    expect(first.code).toBe(0);
    expect(await run('4')).toEqual(first);
    expect((await run('5')).out).not.toBe(first.out);
    const summary = records(first).at(-1);
    expect(summary).toMatchObject({ sequential: 'none', radius: null, n: 32 });
    expect(Object.keys(summary!['certifiedAccuracyAt'] as object)).toHaveLength(5);
  });

  it('tells people', async () => {
    const run = await certify('--data', data, ...few, '--sequential', 'bonferroni', '--n', '64');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(
      run.out.match(/\.png {2}\w+: (abstained|ok|ng, radius|ok, radius).* \(\d+ looks\)\n/g),
    ).toHaveLength(3);
    expect(run.out).toMatch(/\ncertified at 0 +[01]\.\d{4} {2}\(\d of 3\)\n/);
    expect(run.out).toMatch(/\nlooks, mean +\d+\.\d\n$/);
  });

  it('certifies nothing of an image that cannot be read', async () => {
    const bad = await folderWithBroken('bad');
    const run = await certify('--data', bad, '--sigma', '0.01', '--json');
    expect(run.code).toBe(0);
    const [line, summary] = records(run);
    expect(line).toMatchObject({
      ...{ label: 'ok', predicted: null, radius: 0, looks: 0, abstained: true, isRight: false },
      reason: 'imageUnreadable',
      message: expect.stringContaining('broken.png') as string,
    });
    expect(summary).toMatchObject({ certifiedAccuracy: 0, abstained: 1, images: 1 });
  });

  it('names the file that is no model of Kenro, before it looks', async () => {
    const none = join(folder, 'none.onnx');
    await writeFile(none, 'no model');
    const run = await kenro('certify', '--model', none, '--data', data, '--sigma', '0.1');
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toContain(none);
  });

  it.skipIf(process.platform === 'win32')('stops when it is interrupted', async () => {
    const mixed = await folderWithBroken('mixed');
    const [tile] = await readdir(join(data, 'test', 'good'));
    await copyFile(join(data, 'test', 'good', tile!), join(mixed, 'good', 'tile.png'));
    const args = ['--data', mixed, '--sigma', '0.01', '--n', '1000000000', '--threads', '1'];
    const { child, ended } = launch(['certify', '--model', model, ...args]);
    // The first image cannot be read, and with that the second is being looked at.
    await once(child.stdout as Readable, 'data');
    child.kill('SIGINT');
    const run = await ended;
    expect(run).toMatchObject({ code: 130, err: 'kenro certify: cancelled\n' });
    expect(run.out).toMatch(/^[^\n]*broken\.png[^\n]*\n$/);
  });
});

async function folderWithBroken(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'good'), { recursive: true });
  await writeFile(join(path, 'good', 'broken.png'), 'no picture');
  return path;
}
