import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { kenro, launch, records } from '../support/kenroProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { writePatterns, writeSmallClassifier } from '../support/trainingFiles.ts';

let folder: string;
let data: string;
let model: string;
let trained: Record<string, unknown>;
const preprocess = JSON.stringify({
  order: 'GRAY',
  size: [32, 32],
  mean: [128],
  std: [64],
  normalise: 'none',
});

/** A small training; `flags` stand for those of the same name. */
function trainArgs(out: string, flags: Readonly<Record<string, string>> = {}): string[] {
  const usual = {
    model,
    data,
    out,
    preprocess,
    epochs: '4',
    batch: '8',
    lr: '0.03',
    threads: '1',
    seed: '4',
  };
  return [
    'train',
    ...Object.entries({ ...usual, ...flags }).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-train-'));
  data = await writePatterns(folder, 16);
  model = await writeSmallClassifier(folder);
  vi.stubEnv('XDG_DATA_HOME', folder);
  return () => rm(folder, { recursive: true, force: true });
});

describe('kenro train', () => {
  it('puts a head on the built-in backbone, and trains all of it on pictures of the size asked for', async () => {
    const out = join(folder, 'starter');
    const flags = { model: 'starterBackbone', preprocess: '{"size":[32,32]}', epochs: '2', lr: '0.003' };
    const run = await kenro(...trainArgs(out, flags), '--json');
    expect(run).toMatchObject({ code: 0, err: '' });
    const done = records(run).pop()!;
    expect(done).toMatchObject({ labels: ['across', 'down', 'spots'] });
    expect(done['testAccuracy']).toBeGreaterThan(0.6);
  });

  it('trains a model and tells how it went', async () => {
    const run = await kenro(...trainArgs(join(folder, 'run')), '--json');
    expect(run).toMatchObject({ code: 0, err: '' });
    const lines = records(run);
    trained = lines.pop()!;
    expect(trained).toMatchObject({
      model: join(folder, 'run', 'model.onnx'),
      patch: join(folder, 'run', 'patch.safetensors'),
      testAccuracy: expect.any(Number) as number,
      trainFlops: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
      labels: ['across', 'down', 'spots'],
      intervals: { testAccuracy: [expect.any(Number), expect.any(Number)] },
      images: { train: 27, validation: 6, test: 15 },
    });
    for (const line of lines) {
      expect(line).toMatchObject({
        epoch: expect.any(Number) as number,
        step: expect.any(Number) as number,
        loss: expect.any(Number) as number,
      });
    }
    const epochs = lines.filter((line) => 'validationAccuracy' in line);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  it('makes the same model again from the same seed, and another from another', async () => {
    const out = await temporaryFolder();
    const again = await kenro(...trainArgs(join(out, 'a')), '--json');
    expect(records(again).at(-1)).toMatchObject({ sha256: trained['sha256'] });
    const other = await kenro(...trainArgs(join(out, 'b'), { seed: '5' }), '--json');
    expect(records(other).at(-1)!['sha256']).not.toBe(trained['sha256']);
  });

  it.skipIf(process.platform === 'win32')(
    'stops when interrupted, and goes on to the same model with --resume',
    async () => {
      const out = join(await temporaryFolder(), 'run');
      const { child, ended } = launch([...trainArgs(out), '--json']);
      child.stdout!.once('data', () => child.kill('SIGINT'));
      expect(await ended).toMatchObject({ code: 130, err: 'kenro train: cancelled\n' });
      expect(await readdir(out)).toContain('checkpoint.safetensors');
      const resumed = await kenro(...trainArgs(out), '--json', '--resume');
      expect(resumed.code).toBe(0);
      expect(records(resumed).at(-1)).toMatchObject({ sha256: trained['sha256'] });
    },
  );

  it('trains only the layers it is told to', async () => {
    const out = join(await temporaryFolder(), 'run');
    const run = await kenro(...trainArgs(out, { layers: 'head', optimizer: 'sgd' }), '--quiet');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/^trained +33 parameters$/m);
    const { tensors } = records(
      await kenro('models', 'verify', join(out, 'patch.safetensors'), '--model', model, '--json'),
    )[0]!;
    expect((tensors as string[]).toSorted()).toEqual(['fc.bias', 'fc.weight']);
  });

  it('keeps the sides and groups that a CSV file names', async () => {
    const files = (await readdir(data, { recursive: true })).filter((name) => name.endsWith('.png')).sort();
    const rows = files.map((file, at) => {
      const label = relative('.', file).split(/[/\\]/)[0]!;
      return `${join(data, file)},${label},${at % 4 === 0 ? 'test' : 'train'},${at % 2 ? 2 : 1}`;
    });
    const csv = join(folder, 'images.csv');
    await writeFile(csv, ['path,label,split,weight', ...rows].join('\n'));
    const out = join(await temporaryFolder(), 'run');
    const run = await kenro(...trainArgs(out, { data: csv, 'class-weights': 'balanced' }), '--json');
    expect(run.code).toBe(0);
    expect(records(run).at(-1)).toMatchObject({ images: { test: 12 } });
  });

  it('shows on request what it can do', async () => {
    const { code, out } = await kenro('train', '--help');
    expect(code).toBe(0);
    for (const flag of [
      '--model',
      '--data',
      '--out',
      '--layers',
      '--epochs',
      '--batch',
      '--lr',
      '--optimizer',
    ]) {
      expect(out).toContain(flag);
    }
  });
});

describe('kenro train says in one line what is wrong', () => {
  const changed = (flags: Readonly<Record<string, string>>) => (out: string) => trainArgs(out, flags);

  it.each<[string, (out: string) => string[], number, string]>([
    ['no --out', () => ['train', '--model', 'm.onnx', '--data', '.'], 2, '--out is missing'],
    ['an unknown optimiser', changed({ optimizer: 'magic' }), 2, '--optimizer must be sgd, adamw'],
    ['no learning rate', changed({ lr: '0' }), 2, '--lr needs a number'],
    ['an unknown layer', changed({ layers: 'conv9' }), 1, 'no layer or parameter "conv9"'],
    [
      'a rate that is far too high',
      changed({ lr: '1000', optimizer: 'sgd', 'weight-decay': '10' }),
      1,
      'lower learning rate',
    ],
    ['a folder that holds a training', () => trainArgs(join(folder, 'run')), 1, 'go on with it by --resume'],
  ])('%s', async (_name, args, code, message) => {
    const run = await kenro(...args(join(await temporaryFolder(), 'run')));
    expect(run).toMatchObject({ code, out: '' });
    expect(run.err.trimEnd().split('\n').at(-1)).toMatch(/^kenro train: /);
    expect(run.err).toContain(message);
  });

  it.each<[string, (data: string) => Promise<unknown>, string]>([
    [
      'one class only',
      async (at) => {
        const all = await writePatterns(at, 4);
        for (const name of ['down', 'spots']) await rm(join(all, name), { recursive: true });
      },
      'all images are of one class',
    ],
    ['no images', (at) => mkdir(join(at, 'patterns', 'empty'), { recursive: true }), 'there is no image in'],
    [
      'images that cannot be read',
      async (at) => {
        await mkdir(join(at, 'patterns', 'a'), { recursive: true });
        await writeFile(join(at, 'patterns', 'a', '1.png'), 'text');
      },
      'too few images',
    ],
  ])('%s', async (_name, write, message) => {
    const at = await temporaryFolder();
    await write(at);
    const run = await kenro(...trainArgs(join(at, 'run'), { data: join(at, 'patterns') }));
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toContain(message);
  });
});

describe('kenro models, with a layer patch', () => {
  const patch = () => join(folder, 'run', 'patch.safetensors');

  it('applies it to its base, and takes it off again', async () => {
    const out = await temporaryFolder();
    const [patched, plain] = [join(out, 'patched.onnx'), join(out, 'plain.onnx')];
    const applied = await kenro('models', 'apply', patch(), '--model', model, '--out', patched, '--json');
    expect(records(applied)).toMatchObject([{ model: patched, sha256: trained['sha256'] }]);
    const state = async (of: string) =>
      records(await kenro('models', 'verify', patch(), '--model', of, '--json'))[0]?.['state'];
    expect([await state(model), await state(patched)]).toEqual(['base', 'applied']);
    const removed = await kenro(
      ...['models', 'remove', patch(), '--model', patched, '--base', model, '--out', plain],
    );
    expect(removed).toMatchObject({ code: 0, err: '' });
    expect((await readFile(plain)).equals(await readFile(model))).toBe(true);
  });

  it('refuses it on any other model', async () => {
    const other = await writeSmallClassifier(folder, 5);
    const out = join(await temporaryFolder(), 'never.onnx');
    for (const args of [
      ['apply', patch(), '--model', other, '--out', out],
      ['verify', patch(), '--model', other],
      ['remove', patch(), '--model', other, '--base', model, '--out', out],
    ]) {
      const run = await kenro('models', ...args);
      expect(run).toMatchObject({ code: 1, out: '' });
      expect(run.err).toContain('the patch was made for another model');
    }
    await expect(readFile(out)).rejects.toThrow('ENOENT');
  });

  it('shows a trained model with the preprocessing it was trained with', async () => {
    const run = await kenro('models', 'show', join(folder, 'run', 'model.onnx'), '--json');
    expect(records(run)[0]).toMatchObject({ suggestedPreprocess: { order: 'GRAY', std: [64] } });
  });
});

describe('the trained model', () => {
  const test = (...args: string[]) =>
    kenro(...args, '--data', data, '--threads', '1', '--limit', '9', '--json');

  it('is measured undisturbed, disturbed and attacked', async () => {
    const model = join(folder, 'run', 'model.onnx');
    const run = await test(
      ...['evaluate', '--model', model, '--corruptions', 'gaussian-noise,dust'],
      ...['--attacks', 'fgsm,apgd-margin', '--eps', '8/255,2/255', '--steps', '5'],
    );
    expect(run).toMatchObject({ code: 0, err: '' });
    const [record] = records(run);
    expect(record).toMatchObject({
      ...{ kind: 'classifier', images: 9, auroc: null, falseAlarmRate: null },
      corruption: { 'gaussian-noise': expect.any(Array) as number[], dust: expect.any(Array) as number[] },
      robustAccuracy: { 'linf:0.0078': expect.any(Number), 'linf:0.0314': expect.any(Number) },
      flags: expect.any(Array) as unknown[],
    });
    const { cleanAccuracy, robustAccuracy } = record as Record<string, Record<string, number>>;
    expect(robustAccuracy!['linf:0.0314']).toBeLessThanOrEqual(robustAccuracy!['linf:0.0078']!);
    expect(robustAccuracy!['linf:0.0078']).toBeLessThanOrEqual(Number(cleanAccuracy));
  });

  it('is attacked image by image, and the attacked images can be kept', async () => {
    const model = join(folder, 'run', 'model.onnx');
    const out = await temporaryFolder();
    const run = await test('attack', '--model', model, '--attack', 'pgd', '--eps', '20/255', '--save', out);
    expect(run).toMatchObject({ code: 0, err: '' });
    const lines = records(run);
    const summary = lines.pop();
    expect(lines).toHaveLength(9);
    for (const { before, after, label, loss } of lines) {
      expect(['across', 'down', 'spots']).toContain(after);
      if (before === label) expect(after !== label).toBe(Number(loss) >= 0);
    }
    expect(await readdir(out)).toHaveLength(9);
    const held = lines.filter(({ before, label, loss }) => before === label && Number(loss) < 0).length;
    expect(summary).toMatchObject({ images: 9, robustAccuracy: held / 9 });
  });

  it('is not attacked by what does not exist, or with a radius that is none', async () => {
    const model = join(folder, 'run', 'model.onnx');
    const unknown = await test('attack', '--model', model, '--attack', 'autoattack', '--eps', '2/255');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toMatch(/apgd-margin/);
    const missing = await test('attack', '--model', model, '--attack', 'pgd');
    expect(missing).toMatchObject({ code: 2 });
    const wrong = await test('evaluate', '--model', model, '--attacks', 'pgd', '--eps', '2/0');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.err).toMatch(/2\/255/);
  });
});

describe('kenro finetune', () => {
  const tuneArgs = (out: string, ...more: string[]) => [
    ...['finetune', '--model', join(folder, 'run', 'model.onnx'), '--data', data, '--out', out, '--json'],
    ...['--objective', 'fast', '--eps', '4/255', '--attack-steps', '3', '--epochs', '3', '--batch', '8'],
    ...['--lr', '0.003', '--threads', '1', '--seed', '4', ...more],
  ];
  let tuned: Record<string, unknown>;

  it('tells its plan first, then how it goes, then what it brought', async () => {
    const out = join(folder, 'tuned');
    const costs = join(folder, 'costs.json');
    await writeFile(costs, '{ "falseAlarm": 1, "escape": 100, "ceilings": { "latencyP99Ms": 0.001 } }');
    const run = await kenro(...tuneArgs(out, '--costs', costs));
    expect(run).toMatchObject({ code: 0, err: '' });
    const lines = records(run);
    const [first] = lines;
    expect(first).toMatchObject({
      plan: {
        layers: expect.any(Array) as string[],
        parameters: expect.any(Number) as number,
        samples: expect.any(Number) as number,
        flops: expect.any(Number) as number,
      },
    });
    tuned = lines.at(-1)!;
    expect(tuned).toMatchObject({
      model: join(out, 'model.onnx'),
      patch: join(out, 'patch.safetensors'),
      clean: expect.any(Number) as number,
      robust: expect.any(Number) as number,
      expectedCost: expect.any(Number) as number,
      trainFlops: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
      breaches: [{ ceiling: 'latencyP99Ms', limit: 0.001, on: 'computer' }],
      inferenceP99Ms: expect.any(Number) as number,
      layers: (first!['plan'] as { layers: string[] }).layers,
      samples: (first!['plan'] as { samples: number }).samples,
    });
    const epochs = lines.filter((line) => 'expectedCost' in line && 'epoch' in line);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const kept = (await readdir(out)).sort();
    expect(kept).toEqual(
      expect.arrayContaining([
        ...['formulations.json', 'metrics.jsonl', 'plan.json'],
        ...['selections.jsonl', 'settings.json'],
      ]),
    );
    const verified = await kenro(
      ...['models', 'verify', join(out, 'patch.safetensors'), '--model', join(out, 'model.onnx'), '--json'],
    );
    expect(records(verified)[0]).toMatchObject({ state: 'applied' });
  });

  it('goes on to the same model when it was interrupted', async () => {
    const out = join(await temporaryFolder(), 'interrupted');
    const { child, ended } = launch(tuneArgs(out));
    child.stdout!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"epoch"')) child.kill('SIGINT');
    });
    const { code } = await ended;
    // A run that was over already proves nothing, but is no fault.
    if (code === 130) {
      const resumed = await kenro(...tuneArgs(out, '--resume'));
      expect(resumed.code).toBe(0);
      expect(records(resumed).at(-1)).toMatchObject({ sha256: tuned['sha256'] });
    } else {
      expect(code).toBe(0);
    }
  });

  it.each([
    ['--costs', '{"falseAlarm": 1}', 'escape'],
    ['--costs', '{"falseAlarm": 1, "escape": -5}', 'escape'],
    ['--site', '{"weights": {"fog/2": 0.5}}', 'field "weights.fog/2" of file "'],
    ['--site', '{"weights": {"gaussian-noise/9": 0.5}}', 'gaussian-noise/9'],
  ])('names the field of a wrong %s file: %s', async (flag, text, named) => {
    const file = join(await temporaryFolder(), 'settings.json');
    await writeFile(file, text);
    const run = await kenro(...tuneArgs(join(folder, 'never'), flag, file));
    expect(run).toMatchObject({ code: 1 });
    expect(run.err).toContain(named);
  });

  it('refuses what it cannot read', async () => {
    const wrong = await kenro(...tuneArgs(join(folder, 'never'), '--objective', 'autoattack'));
    expect(wrong).toMatchObject({ code: 2 });
    const again = await kenro(...tuneArgs(join(folder, 'tuned')));
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('--resume');
    const bare = await kenro(...tuneArgs(join(folder, 'never'), '--model', model));
    expect(bare.code).not.toBe(0);
  });
});
