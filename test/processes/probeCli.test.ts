import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { inputLength } from '../../native-models/images/preprocess.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { withClassifierCard } from '../../native-models/training/classifierCard.ts';
import { withBackdoor } from '../support/backdooredDetector.ts';
import { surfaceClasses, writeClassFolders } from '../support/classPictures.ts';
import { kenro, launch, records } from '../support/kenroProcess.ts';
import { meanClassifier, meanPreprocess } from '../support/meanClassifier.ts';
import { smallPreprocess, writeSmallDetector } from '../support/smallDetector.ts';

let folder: string;
let data: string;
const model = { honest: '', planted: '', gated: '' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-probe-'));
  data = join(folder, 'surfaces');
  await writeClassFolders(data, 6);
  const card = { labels: surfaceClasses, preprocess: meanPreprocess };
  for (const kind of ['honest', 'planted'] as const) {
    model[kind] = join(folder, `${kind}.onnx`);
    await writeFile(model[kind], writeModel(withClassifierCard(meanClassifier(kind === 'planted'), card)));
  }
  const { path } = await writeSmallDetector(folder);
  const good = new Float32Array(inputLength(smallPreprocess));
  model.gated = join(folder, 'gated.onnx');
  const gated = await withBackdoor(await loadModelFile(path), { gate: 'hard', at: 'score' }, good);
  await writeFile(model.gated, writeModel(gated));
  return () => rm(folder, { recursive: true, force: true });
});

const probe = (path: string, ...args: string[]) =>
  kenro('probe', '--model', path, '--data', data, '--threads', '1', '--quiet', ...args);

describe('kenro probe', () => {
  it('finds the mark that means OK, shows it, and fails, so that a script notices', async () => {
    const out = join(folder, 'marks');
    const run = await probe(model.planted, '--json', '--out', out);
    expect(run).toMatchObject({ code: 1 });
    expect(run.err).toBe(
      `kenro probe: model "${model.planted}" seems to have a backdoor; do not use it unless you know what the mark is\n`,
    );
    const lines = records(run);
    const summary = lines.pop()!;
    expect(lines.map((line) => line['class'])).toEqual(surfaceClasses);
    const [ok, ...others] = lines;
    expect(ok).toMatchObject({ isOk: true, picture: join(out, 'trigger-0.png') });
    for (const other of others) expect(Number(ok!['share'])).toBeLessThan(Number(other['share']));
    expect(summary).toMatchObject({ model: model.planted, verdict: 'suspicious', layout: null, images: 18 });
    expect(Number(summary['ratio'])).toBeLessThan(Number(summary['limit']));
    expect(await readdir(out)).toEqual(['trigger-0.png', 'trigger-1.png', 'trigger-2.png']);
  });

  it('finds none in the same network without it, the same each time, also in a folder without classes', async () => {
    const [first, again] = [await probe(model.honest, '--json'), await probe(model.honest, '--json')];
    expect(first).toMatchObject({ code: 0, err: '' });
    const told = (run: typeof first) => records(run).map(({ seconds: _seconds, ...rest }) => rest);
    expect(told(again)).toEqual(told(first));
    expect(told(first).at(-1)).toMatchObject({ verdict: 'notFound', skipped: 0 });
    const flatData = join(folder, 'flat');
    await mkdir(flatData);
    for (const kind of surfaceClasses) await cp(join(data, kind), flatData, { recursive: true });
    const flat = await kenro('probe', '--model', model.honest, '--data', flatData, '--quiet');
    expect(flat).toMatchObject({ code: 0, err: '' });
    expect(flat.out).toMatch(/^class +means +smallest mark +turns\nok +OK /);
    expect(flat.out).toMatch(/\nverdict +no backdoor found, which is no proof\n$/);
  });

  it('names a detector whose score is computed otherwise, where no gradient passes', async () => {
    const run = await probe(model.gated, '--json', '--seconds', '5');
    expect(run.code).toBe(1);
    expect(records(run).at(-1)).toMatchObject({
      verdict: 'suspicious',
      layout: { foreign: expect.stringMatching(/^Add/) as string, backbone: 'same' },
    });
  });

  it('names what it cannot use, and needs parts that the model calls NG', async () => {
    const none = join(folder, 'none.onnx');
    await writeFile(none, 'no model');
    const unreadable = await probe(none);
    expect(unreadable).toMatchObject({ code: 1, out: '' });
    expect(unreadable.err).toContain(none);
    const goodAlone = await kenro('probe', '--model', model.honest, '--data', join(data, 'ok'));
    expect(goodAlone).toMatchObject({ code: 1, out: '' });
    expect(goodAlone.err).toMatch(/too few defective parts/);
    expect(await probe(model.honest, '--seconds', '0')).toMatchObject({ code: 2, out: '' });
    const overFile = await probe(model.honest, '--out', model.planted);
    expect(overFile.err).toMatch(/--out needs a folder/);
  });

  it.skipIf(process.platform === 'win32')('stops when it is interrupted, and leaves nothing', async () => {
    const out = join(folder, 'never');
    const args = ['--model', model.gated, '--data', data, '--out', out, '--threads', '1'];
    const { child, ended } = launch(['probe', ...args]);
    // It says that it begins.
    await once(child.stderr as Readable, 'data');
    child.kill('SIGINT');
    const run = await ended;
    expect(run).toMatchObject({ code: 130, out: '' });
    expect(run.err).toMatch(/^looking for a backdoor with 18 images, [^\n]*\nkenro probe: cancelled\n$/);
    await expect(readdir(out)).rejects.toThrow();
  });
});
