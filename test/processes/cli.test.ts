import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../native-models/images/procedural/dataset.ts';
import { kenro, launch, records } from '../support/kenroProcess.ts';
import { writeBackbone } from '../support/smallDetector.ts';

let folder: string;
let data: string;
let detector: string;
const small = ['--size', '64', '--threads', '1'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-cli-'));
  data = join(folder, 'tiles');
  detector = join(folder, 'detector.onnx');
  await writeDataset(data, {
    part: 'tile',
    seed: 3,
    trainGood: 12,
    testGood: 4,
    testPerDefect: 1,
    disturbances: { light: 0, blur: 0, noise: 0 },
  });
  return () => rm(folder, { recursive: true, force: true });
});

describe('kenro', () => {
  it('teaches on the built-in backbone that is named', async () => {
    const out = join(folder, 'named.onnx');
    const args = ['--good', join(data, 'train/good'), '--out', out, '--backbone', 'starterBackbone'];
    const run = await kenro('teach', '--json', ...args, ...small);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(records(run)).toMatchObject([{ model: out, features: ['patch'] }]);
  });

  it('teaches with the corrections it is told, and judges a part beyond their bounds a review with the reason', async () => {
    const out = join(folder, 'corrected.onnx');
    const args = ['teach', '--json', '--good', join(data, 'train/good'), '--out', out, ...small];
    const wrong = await kenro(...args, '--correct', 'gain,field');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('--correct takes');
    const run = await kenro(...args, '--correct', 'field,position');
    expect(records(run)).toMatchObject([
      { correction: { by: 'user', wish: { position: true, light: 'field' }, trial: null } },
    ]);
    const [measured] = records(await kenro(...args));
    // A dozen parts are too few to measure on.
    expect(measured).toMatchObject({ correction: { by: 'measured', wish: null, trial: { steps: [] } } });
    await kenro(...args, '--correct', 'gain');
    const dark = join(folder, 'dark.png');
    await sharp({ create: { width: 96, height: 96, channels: 3, background: '#050505' } })
      .png()
      .toFile(dark);
    const [judged] = records(await kenro('inspect', '--json', '--model', out, '--threads', '1', dark));
    expect(judged).toMatchObject({ verdict: 'REVIEW', score: null, reason: 'imageBeyondCorrection' });
    expect(judged!['message']).toMatch(/stops \d/);
  });

  it('measures providers and the whole verdict on a detector', async () => {
    const model = join(folder, 'named.onnx');
    const run = await kenro('bench', '--json', join(data, 'test/good'), '--model', model, '--threads', '1');
    // Drivers that are not there say so on standard error themselves.
    expect(run.code).toBe(0);
    const [processor, ...more] = records(run);
    expect(processor).toMatchObject({ model, provider: 'cpu', agrees: true, worst: 0, flips: 0 });
    for (const record of more.slice(0, -1)) expect(record).toHaveProperty('provider');
    const { verdict } = more.at(-1) as { verdict: { p50Ms: number; p95Ms: number; overNetwork: number } };
    expect(verdict.p95Ms).toBeGreaterThanOrEqual(verdict.p50Ms);
    expect(verdict.overNetwork).toBeGreaterThan(1);
  });

  it('teaches on the built-in backbone and tells what it made', async () => {
    const run = await kenro(
      'teach',
      '--json',
      '--good',
      join(data, 'train/good'),
      '--out',
      detector,
      ...small,
    );
    expect(run).toMatchObject({ code: 0, err: '' });
    const [made, ...more] = records(run);
    expect(more).toEqual([]);
    expect(made).toMatchObject({
      model: detector,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      threshold: expect.any(Number) as number,
      thresholdInterval: [expect.any(Number), expect.any(Number)],
      images: 12,
      memory: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
    });
  });

  it('makes the same detector again from the same seed, and another from another', async () => {
    const teach = async (seed: string, name: string) => {
      const out = join(folder, name);
      const args = ['--good', join(data, 'train/good'), '--out', out, '--limit', '8', '--seed', seed];
      return records(await kenro('teach', '--json', ...args, ...small))[0]?.['sha256'];
    };
    const first = await teach('1', 'a.onnx');
    expect(await teach('1', 'b.onnx')).toBe(first);
    expect(await teach('2', 'c.onnx')).not.toBe(first);
  });

  it('estimates what disturbs a line, and writes the profile', async () => {
    const file = join(folder, 'profiles', 'site.json');
    const run = await kenro('site', '--json', '--good', join(data, 'train/good'), '--out', file);
    expect(run).toMatchObject({ code: 0, err: '' });
    const [found, ...more] = records(run);
    expect(more).toEqual([]);
    const { weights, measures } = found!;
    expect(found).toMatchObject({ images: 12, skipped: 0, file });
    expect((weights as Record<string, number>)['clean']).toBeGreaterThan(0.7);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ weights, measures });
  });

  it('tells people what was measured, and what was left out', async () => {
    const good = join(folder, 'some');
    await cp(join(data, 'train/good'), good, { recursive: true });
    await writeFile(join(good, 'broken.png'), 'no picture');
    const { code, out, err } = await kenro('site', '--good', good);
    expect(code).toBe(0);
    expect(out).toMatch(/^condition +weight +images +measured +its level +unit\n/);
    expect(out).toMatch(/\nbrightness .* stops from the usual\n/);
    expect(err).toMatch(/^left out .*broken\.png: image .* cannot be read .*\n$/);
  });

  it('needs images to estimate a profile from', async () => {
    const few = await kenro('site', '--good', join(data, 'test/good'));
    expect(few).toMatchObject({ code: 1, out: '' });
    expect(few.err).toBe('kenro site: too few images (4); at least 8 are needed\n');
    const missing = await kenro('site', '--good', join(folder, 'nowhere'));
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/^kenro site: folder ".*nowhere" does not exist/);
  });

  it('judges images in the order given, and reviews what it cannot read', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, 'no picture');
    const good = join(data, 'test/good');
    const run = await kenro('inspect', '--json', broken, good, join(folder, 'gone.png'), '--model', detector);
    expect(run.code).toBe(0);
    const lines = records(run);
    expect(lines.map(({ file }) => basename(String(file)))).toEqual([
      'broken.png',
      ...readdirSync(good).sort(),
      'gone.png',
    ]);
    expect(lines[0]).toMatchObject({ verdict: 'REVIEW', score: null, reason: 'imageUnreadable' });
    expect(lines.at(-1)).toMatchObject({ verdict: 'REVIEW', score: null, reason: 'imageVanished' });
    for (const line of lines.slice(1, -1)) {
      expect(line).toMatchObject({
        verdict: expect.stringMatching(/^(OK|NG|REVIEW)$/) as string,
        score: expect.any(Number) as number,
        threshold: expect.any(Number) as number,
        latencyMs: expect.any(Number) as number,
      });
      expect(line).not.toHaveProperty('reason');
    }
  });

  it('prints for people without --json', async () => {
    const run = await kenro('inspect', join(data, 'test/good'), '--model', detector, '--threshold', '1e9');
    expect(run).toMatchObject({ code: 0, err: '' });
    const lines = run.out.trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^OK {6,}\d+\.\d{4} {2}.*\.png$/);
  });

  it('measures models on labelled images', async () => {
    const run = await kenro('evaluate', '--json', '--model', detector, '--model', detector, '--data', data);
    expect(run).toMatchObject({ code: 0, err: '' });
    const [first, second, ...more] = records(run);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      model: detector,
      images: 9,
      cleanAccuracy: expect.any(Number) as number,
      auroc: expect.any(Number) as number,
      falseAlarmRate: expect.any(Number) as number,
      escapeRate: expect.any(Number) as number,
      threshold: expect.any(Number) as number,
      flops: expect.any(Number) as number,
      intervals: {
        auroc: [expect.any(Number), expect.any(Number)],
        falseAlarmRate: [expect.any(Number), expect.any(Number)],
        escapeRate: [expect.any(Number), expect.any(Number)],
      },
    });
    const own = { seconds: 0, inferenceMs: 0, inferenceP99Ms: 0, comparisons: [], base: null, layers: null };
    expect({ ...second, ...own }).toEqual({ ...first, ...own });
    expect(second).toMatchObject({ comparisons: [{ with: detector, costDifference: 0, interval: [0, 0] }] });
  });

  it('shows what a network is made of', async () => {
    const backbone = await writeBackbone(folder);
    const run = await kenro('models', 'show', backbone, '--json');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(records(run)).toMatchObject([{ path: backbone, card: null, inputName: 'image' }]);
  });

  it.each([
    [
      ['teach', '--good', '/no/such/folder', '--out', '/tmp/x.onnx'],
      'folder "/no/such/folder" does not exist',
    ],
    [['inspect', 'a.png', '--model', '/no/such.onnx'], 'model "/no/such.onnx" does not exist'],
    [['models', 'list', '--data-dir', '/no/such/station'], 'folder "/no/such/station" does not exist'],
  ])('fails with one line: %j', async (args, message) => {
    const run = await kenro(...args, '--json');
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(/^kenro \w+: .*\n$/);
    expect(run.err).toContain(message);
  });

  it('writes disturbed copies, the same for the same seed', async () => {
    const image = join(data, 'test/good', readdirSync(join(data, 'test/good'))[0]!);
    const disturb = (out: string, ...more: string[]) =>
      kenro(
        'corrupt',
        image,
        '--json',
        '--name',
        'dust',
        '--severity',
        '4',
        '--out',
        join(folder, out),
        ...more,
      );
    const [first, again, other] = await Promise.all([
      disturb('dust-a'),
      disturb('dust-b'),
      disturb('dust-c', '--seed', '1'),
    ]);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(records(first)).toMatchObject([{ file: image, name: 'dust', severity: 4 }]);
    const [a, b, c] = [first, again, other].map((run) => readFileSync(String(records(run)[0]!['out'])));
    expect(a!.equals(b!)).toBe(true);
    expect(a!.equals(c!)).toBe(false);
    expect(a!.equals(readFileSync(image))).toBe(false);
    const unknown = await kenro('corrupt', image, '--name', 'fog', '--severity', '1', '--out', folder);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('gaussian-noise');
  });

  it('says with exit code 2 how it wants to be used', async () => {
    const run = await kenro('teach', '--good', data);
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toBe('kenro teach: --out is missing; see "kenro teach --help"\n');
  });

  it.skipIf(process.platform === 'win32')(
    'stops at once when interrupted and leaves no half detector',
    async () => {
      const out = join(folder, 'never.onnx');
      const args = [
        'teach',
        '--good',
        join(data, 'train/good'),
        '--out',
        out,
        '--size',
        '1024',
        '--threads',
        '1',
      ];
      const { child, ended } = launch(args);
      setTimeout(() => child.kill('SIGINT'), 3_000);
      const run = await ended;
      expect(run).toMatchObject({ code: 130, out: '', err: 'kenro teach: cancelled\n' });
      expect(existsSync(out)).toBe(false);
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  it.skipIf(process.platform === 'win32')('serves the station until it is interrupted', async () => {
    const { child, ended } = launch(['serve', '--json', '--data-dir', join(folder, 'station')]);
    const [first] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    const { url } = JSON.parse(first.toString()) as { url: string };
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    // The link is exchanged for a cookie; what the page then does is tested where the page is.
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
    const listed = await kenro('models', '--json', '--data-dir', join(folder, 'station'));
    expect(listed).toMatchObject({ code: 0, err: '' });
    for (const model of records(listed))
      expect(model).toMatchObject({ active: true, sha256: expect.any(String) });
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    const checked = await kenro('models', 'verify', '--json', '--data-dir', join(folder, 'station'));
    expect(checked.code).toBe(0);
    expect(records(checked).map(({ state }) => state)).not.toContain('changed');
  });

  const oldNode = '/usr/bin/node';
  it.skipIf(!existsSync(oldNode))('hands over to its own Node, with exit code and interrupt', async () => {
    expect(await launch(['--version'], oldNode).ended).toMatchObject({ code: 0, err: '' });
    expect((await launch(['teach'], oldNode).ended).code).toBe(2);
    const many = new Array<string>(50).fill(data);
    const { child, ended } = launch(['inspect', ...many, '--model', detector, '--threads', '1'], oldNode);
    await once(child.stdout as Readable, 'data');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });
});
