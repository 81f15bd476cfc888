import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../electron/browserShell/browser.ts';
import { usualCosts } from '../../electron/contract/usualSettings.ts';
import { writeDataset } from '../../native-models/images/procedural/dataset.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { readParameters, writeParameters } from '../../native-models/training/parameters.ts';
import { kenro, records } from '../support/kenroProcess.ts';
import { smallPreprocess, writeSmallDetector } from '../support/smallDetector.ts';

let folder: string;
let data: string;
let base: string;
let tuned: string;
let costs: string;
let site: string;
/** A tensor of the starter's filters. */
const moved = 'even_1';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-evaluate-'));
  const place = (name: string) => join(folder, name);
  [data, tuned] = [place('tiles'), place('tuned.onnx')];
  [costs, site] = [place('costs.json'), place('site.json')];
  await writeDataset(data, {
    ...{ part: 'tile', seed: 3, trainGood: 12, testGood: 6, testPerDefect: 1 },
    disturbances: { light: 0, blur: 0, noise: 0 },
  });
  ({ path: base } = await writeSmallDetector(folder));
  const model = await loadModelFile(base);
  const [weights] = readParameters(model, [moved]).values();
  const changed = new Map([[moved, weights!.map((value) => 1.1 * value)]]);
  const bytes = writeModel(writeParameters(model, changed));
  await writeFile(tuned, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const thresholds = { review: 1.5, ng: 2.5 };
  const result = {
    sha256,
    trainFlops: 5e9,
    seconds: 12,
    epochs: 3,
    parameters: 324,
    layers: ['convolution 12'],
    thresholds,
  };
  await writeFile(place('result.json'), JSON.stringify(result));
  await writeFile(
    costs,
    '{ "falseAlarm": 120, "escape": 5000, "currency": "EUR", "defectRate": 0.02, "ceilings": { "latencyP99Ms": 0.001 } }',
  );
  await writeFile(site, '{ "weights": { "gaussian-noise/4": 0.25 } }');
  return () => rm(folder, { recursive: true, force: true });
});

const evaluate = (...args: string[]) => kenro('evaluate', '--data', data, '--threads', '1', ...args);

describe('kenro evaluate', () => {
  it('bills models under the line’s own mix, compares them, and leaves reports', async () => {
    const report = (ending: string) => join(folder, `report.${ending}`);
    const run = await evaluate(
      ...['--json', '--model', base, '--model', tuned, '--costs', costs, '--site', site, '--lang', 'ja'],
      ...['html', 'csv', 'json'].flatMap((ending) => ['--report', report(ending)]),
    );
    expect(run.code).toBe(0);
    const [first, second, ...more] = records(run);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      ...{ model: base, comparisons: [], base: null, layers: null, trainFlops: null },
      expectedCost: expect.any(Number) as number,
      inferenceMs: expect.any(Number) as number,
      intervals: { expectedCost: [expect.any(Number), expect.any(Number)] },
      cost: {
        currency: 'EUR',
        byCondition: [
          { name: 'clean', weight: 0.75 },
          { name: 'gaussian-noise/4', weight: 0.25 },
        ],
      },
      unmet: [{ ceiling: 'latencyP99Ms', limit: 0.001, reached: first!['inferenceP99Ms'] }],
      corruption: {},
    });
    const claims = first!['claims'] as { kind: string }[];
    expect(claims.map(({ kind }) => kind)).toContain('fewParts');
    const difference = Number(second!['expectedCost']) - Number(first!['expectedCost']);
    expect(second).toMatchObject({
      ...{ model: tuned, base, trainFlops: 5e9, trainSeconds: 12, threshold: 2.5, reviewThreshold: 1.5 },
      comparisons: [{ with: base, costDifference: expect.closeTo(difference, 6) as number }],
    });
    const layers = second!['layers'] as { weightChange: number; cka: number }[];
    const changed = layers.filter(({ weightChange }) => weightChange !== 0);
    expect(changed).toHaveLength(1);
    expect(changed[0]!.weightChange).toBeCloseTo(0.1, 5);

    const page = await readFile(report('html'), 'utf8');
    expect(page).toContain('<html lang="ja">');
    expect(page).toContain('tuned.onnx');
    expect(page).toMatch(/判定時間 [\d.]+ ms\(限度 [\d.]+ ms\)/);
    const lines = (await readFile(report('csv'), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 2 * 2);
    const written = JSON.parse(await readFile(report('json'), 'utf8')) as Record<string, unknown>;
    expect(written).toMatchObject({
      settings: { data, costs: { falseAlarm: 120 }, site: { clean: 0.75 } },
      models: [
        { name: 'detector-0.onnx' },
        { name: 'tuned.onnx', evaluation: { cost: { value: second!['expectedCost'] } } },
      ],
    });
  });

  it('chooses thresholds of every model on the same images, and measures the others alone', async () => {
    const models = ['--model', base, '--model', tuned];
    const report = join(folder, 'calibrated.html');
    // One image of each defect is too few to be on both sides.
    const args = [...models, '--calibrate', '0.4', '--seed', '2'];
    const run = await evaluate('--json', ...args, '--report', report);
    expect(run.code).toBe(0);
    const calibrated = records(run);
    const whole = records(await evaluate('--json', ...models));
    calibrated.forEach((record, at) => {
      const { calibration, images } = record as { calibration: { images: number }; images: number };
      expect(calibration).toMatchObject({ share: 0.4, basis: 'goodParts', unmet: [] });
      expect(calibration.images).toBeGreaterThan(0);
      expect(calibration.images + images).toBe(whole[at]!['images']);
      expect(whole[at]).toMatchObject({ calibration: null });
    });
    expect(calibrated[0]!['threshold']).not.toBe(whole[0]!['threshold']);
    // The thresholds that its training chose are not those of the calibration images.
    expect(calibrated[1]!['threshold']).not.toBe(2.5);
    expect(await readFile(report, 'utf8')).toMatch(
      /chosen from good parts, .* on \d+ other images \(40\.0 ?%\)/,
    );

    const told = await evaluate('--model', base, '--calibrate', '0.4', '--seed', '2');
    expect(told.out).toMatch(/thresholds +NG from .*; chosen from good parts, .* on \d+ other images/);
    expect(await evaluate('--model', base, '--calibrate', '1')).toMatchObject({ code: 2 });
  });

  it('without costs and site takes the usual costs of an undisturbed line, and tells people', async () => {
    const run = await evaluate('--model', base);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(new RegExp(`\\n {2}cost per 1,000 parts .* ${usualCosts.currency}\\n`));
    expect(run.out).toMatch(/\n {4}under +clean 100\.0 %\n/);
    expect(run.out).toMatch(/\n {2}one image +\d+\.\d\d ms, .* FLOPs\n/);
    expect(run.out).toMatch(/\n {2}False alarms at most .* \(6 good parts, 95 % confidence\)\.\n/);
    expect(run.out).toContain('\n  Only 1 part with crack; 30 would say more.\n');
  });

  it.skipIf(findBrowser() === null)('prints a report as PDF', async () => {
    const file = join(folder, 'report.pdf');
    const run = await evaluate('--model', base, '--limit', '4', '--report', file, '--json');
    expect(run.code).toBe(0);
    const pdf = await readFile(file);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.subarray(-8).toString()).toContain('%%EOF');
  });

  it('refuses a report of unknown kind before it computes', async () => {
    const run = await evaluate('--model', base, '--report', join(folder, 'report.docx'));
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toMatch(
      /--report needs a file that ends in \.html, \.pdf, \.csv, \.json, not ".*report\.docx"/,
    );
    const language = await evaluate('--model', base, '--lang', 'fr');
    expect(language).toMatchObject({ code: 2, out: '' });
  });

  it('names file and field of a disturbance that there is not', async () => {
    const file = join(folder, 'fog.json');
    await writeFile(file, '{ "weights": { "fog/2": 0.5 } }');
    const run = await evaluate('--model', base, '--site', file);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toContain(
      `field "weights.fog/2" of file "${file}" is wrong (no such disturbance; there are `,
    );
  });

  it('refuses to compare layers with a base of other tensors', async () => {
    const preprocess = { ...smallPreprocess, size: [32, 32] as [number, number] };
    const { path: other } = await writeSmallDetector(folder, 1, preprocess);
    const run = await evaluate('--model', base, '--base', other, '--limit', '4', '--json');
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toContain(`wrong request for "${other}" (its tensors are not those of ${base}`);
  });
});
