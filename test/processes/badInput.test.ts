import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorKind } from '../../electron/contract/errors.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { readCard, withCard } from '../../native-models/detectors/card.ts';
import { encodePng } from '../../native-models/images/encode.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { int64List } from '../../native-models/onnx/dataTypes.ts';
import { loadModelFile, saveModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { demoPart, smallPreprocess, writeBackbone, writeSmallDetector } from '../support/smallDetector.ts';
import type { SmallDetector } from '../support/smallDetector.ts';

let folder: string;
let detector: SmallDetector;
let engine: EngineClient;
let png: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-bad-input-'));
  detector = await writeSmallDetector(folder);
  png = await encodePng(drawPart(demoPart(0)).picture);
  engine = startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    spare: false,
    config: { imagesDir: join(folder, 'images'), threads: 1, provider: 'cpu' },
  });
  return async () => {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  };
});

afterEach(async () => {
  const image = demoPart(1);
  const reply = await engine.call('judge', { key: 'next', image, model: detector, keep: 'notOk' });
  expect(reply).toMatchObject({ error: null, score: expect.any(Number) as number });
  expect(engine.state.restarts).toBe(0);
});

const inFolder = (name: string) => join(folder, name);

/** The first bytes of a PNG that says it is so large, and an end. */
function pngHeader(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.alloc(64)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('a part that cannot be judged', () => {
  const cases: [string, ErrorKind, (path: string) => Promise<void>][] = [
    ['truncated.png', 'imageIncomplete', (path) => writeFile(path, png.subarray(0, png.length / 2))],
    ['empty.png', 'imageUnreadable', (path) => writeFile(path, '')],
    ['text.png', 'imageUnreadable', (path) => writeFile(path, 'not a picture, although it says so')],
    ['huge.png', 'imageTooLarge', (path) => writeFile(path, pngHeader(20_000, 20_000))],
    ['vanished.png', 'imageVanished', () => Promise.resolve()],
  ];

  it.each(cases)('%s is a review because of %s, and says which file', async (name, kind, make) => {
    const path = inFolder(name);
    await make(path);
    const image = { from: 'file', path } as const;
    const reply = await engine.call('judge', { key: name, image, model: detector, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', score: null, error: { kind, params: { path } } });
  });

  it.skipIf(process.getuid?.() === 0)('a file without permission is a review', async () => {
    const path = inFolder('forbidden.png');
    await writeFile(path, png);
    await chmod(path, 0);
    const image = { from: 'file', path } as const;
    const reply = await engine.call('judge', { key: 'f', image, model: detector, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', error: { kind: 'imageVanished', params: { path } } });
  });
});

describe('a model that cannot judge', () => {
  /** A detector by its card, whose graph the test chooses. */
  async function impostor(name: string, build: (g: GraphBuilder, x: string) => string): Promise<string> {
    const card = readCard(await loadModelFile(detector.path));
    if (!card) throw new Error('the small detector has no card');
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1, 3, 'height', 'width']);
    g.outputAs('score', build(g, x), 'float32', null);
    return save(name, withCard(g.model(name), card));
  }

  async function save(name: string, model: Model): Promise<string> {
    const path = inFolder(name);
    await writeFile(path, writeModel(model));
    return path;
  }

  const cases: [string, ErrorKind, (name: string) => Promise<string>][] = [
    [
      'text.onnx',
      'modelUnreadable',
      async (name) => {
        await writeFile(inFolder(name), 'not a model');
        return inFolder(name);
      },
    ],
    [
      'cut.onnx',
      'modelUnreadable',
      async (name) => {
        const path = await save(name, await loadModelFile(detector.path));
        await truncate(path, 20_000);
        return path;
      },
    ],
    [
      'external.onnx',
      'modelExternalDataMissing',
      async (name) => {
        const path = inFolder(name);
        await saveModelFile(path, await loadModelFile(detector.path), { externalData: { file: 'w.bin' } });
        await rm(inFolder('w.bin'));
        return path;
      },
    ],
    ['unknown.onnx', 'modelOperatorUnknown', (name) => impostor(name, (g, x) => g.op('Frobnicate', [x]))],
    [
      'channels.onnx',
      'modelInputUnsupported',
      async (name) => {
        const model = await loadModelFile(detector.path);
        const card = readCard(model);
        if (!card) throw new Error('the small detector has no card');
        return save(name, withCard(model, { ...card, preprocess: { ...card.preprocess, order: 'GRAY' } }));
      },
    ],
    [
      'shapes.onnx',
      'modelShapeUnresolved',
      (name) => impostor(name, (g, x) => g.op('Reshape', [x, g.constant(int64List([7]))])),
    ],
    ['missing.onnx', 'modelMissing', (name) => Promise.resolve(inFolder(name))],
  ];

  it.each(cases)(
    '%s gives %s by name when it is loaded, and reviews when it is used',
    async (name, kind, make) => {
      const path = await make(name);
      const sha256 = await sha256Of(path);
      const loading = engine.call('load', { path, sha256 });
      await expect(loading).rejects.toMatchObject({ kind });
      const image = demoPart(2);
      const model = { ...detector, path, sha256 };
      const reply = await engine.call('judge', { key: name, image, model, keep: 'notOk' });
      expect(reply).toMatchObject({ verdict: 'REVIEW', score: null, imageKept: true, error: { kind } });
      expect(basename(String(reply.error?.params['path']))).toBe(name);
    },
  );

  it('another file than the one registered judges nothing', async () => {
    const model = { ...detector, sha256: '0'.repeat(64) };
    const reply = await engine.call('judge', { key: 'k', image: demoPart(2), model, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', error: { kind: 'modelHashMismatch' } });
  });

  async function sha256Of(path: string): Promise<string> {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    return createHash('sha256').update(bytes).digest('hex');
  }
});

describe('teaching', () => {
  it.each<[string, ErrorKind, () => Promise<string>]>([
    ['a folder that is not there', 'folderMissing', () => Promise.resolve(inFolder('nowhere'))],
    ['a folder without images', 'folderEmpty', () => mkdtemp(inFolder('empty-'))],
    [
      'too few images',
      'tooFewImages',
      async () => {
        const dir = await mkdtemp(inFolder('few-'));
        await writeFile(join(dir, 'one.png'), png);
        return dir;
      },
    ],
  ])('refuses %s: %s', async (_what, kind, make) => {
    const path = await make();
    const backbone = { path: await writeBackbone(folder), name: 'starter', preprocess: smallPreprocess };
    const teaching = engine.call('teach', {
      good: { from: 'folder', path },
      ng: null,
      backbone,
      features: ['fine'],
      seed: 0,
      out: inFolder('out.onnx'),
    });
    await expect(teaching).rejects.toMatchObject({ kind });
  });
});
