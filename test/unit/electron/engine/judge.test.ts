import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JudgeReply, type Smoothed } from '../../../../electron/contract/engine.ts';
import { usualSmoothing } from '../../../../electron/contract/smoothing.ts';
import type { ThresholdsByLabel } from '../../../../electron/contract/verdict.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { judge } from '../../../../electron/engine/calls/judge.ts';
import { picture } from '../../../../electron/engine/calls/pictures.ts';
import { createEngine } from '../../../../electron/engine/engine.ts';
import type { Engine } from '../../../../electron/engine/engine.ts';
import { findKept } from '../../../../electron/engine/keptPictures.ts';
import type { PartToLookAt, Seen } from '../../../../electron/engine/lanes/lane.ts';
import { lanes, type Lanes } from '../../../../electron/engine/lanes/lanes.ts';
import { localLane } from '../../../../electron/engine/lanes/localLane.ts';
import { systemClock } from '../../../../electron/platform/clock.ts';
import * as durableFile from '../../../../electron/platform/durableFile.ts';
import type { Detector } from '../../../../native-models/detectors/detector.ts';
import { ModelError } from '../../../../native-models/errors.ts';
import { encodePng } from '../../../../native-models/images/encode.ts';
import { readHeader } from '../../../../native-models/images/headers.ts';
import { certificateWith } from '../../../support/certificates.ts';

vi.mock('../../../../electron/platform/durableFile.ts', { spy: true });

const thresholds = { review: 1, ng: 2 };
let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'kenro-judge-'))));
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

/** A model file whose detector gives the grey value of the picture's first pixel as score. */
async function setUp(answer?: (grey: number) => Promise<number> | number) {
  const modelPath = join(dir, 'model.onnx');
  await writeFile(modelPath, 'a model');
  const sha256 = createHash('sha256').update('a model').digest('hex');
  const opened: string[] = [];
  const open = async (path: unknown): Promise<Detector> => {
    opened.push(String(path));
    return {
      card: {} as Detector['card'],
      provider: 'cpu',
      judge: async ({ data }) => ({
        score: await (answer ? answer(data[0] ?? 0) : (data[0] ?? 0)),
        label: data[0] === 9 ? 'crack' : null,
        map: { width: 2, height: 1, data: Float32Array.of(0, 1) },
        embedding: [1, 2],
        preprocessMs: 1,
        inferMs: 2,
      }),
      close: async () => undefined,
    };
  };
  const engine: Engine = {
    ...createEngine(systemClock),
    config: { imagesDir: join(dir, 'images'), threads: 1, provider: 'cpu' },
    lanes: lanes(1, () =>
      localLane({ provider: 'cpu', lanes: 1, threadsAlone: 1, threadsShared: 1 }, systemClock, {
        detector: open,
      }),
    ),
  };
  return { engine, opened, model: { path: modelPath, sha256, thresholds } };
}

async function imageFile(grey: number, name = `${grey}.png`): Promise<string> {
  const path = join(dir, name);
  const data = new Uint8Array(16 * 12).fill(grey);
  await writeFile(path, await encodePng({ width: 16, height: 12, channels: 1, depth: 8, data }));
  return path;
}

const part = async (grey: number) => ({ from: 'file', path: await imageFile(grey) }) as const;

describe('judge', () => {
  it.each([
    [0, 'OK', false],
    [1, 'REVIEW', true],
    [2, 'NG', true],
  ] as const)('score %i is %s and its picture is kept: %s', async (grey, verdict, imageKept) => {
    const { engine, model } = await setUp();
    const image = await part(grey);
    const reply = await judge(engine, { key: 'a', image, model, keep: 'notOk' });
    expect(JudgeReply.parse(reply)).toMatchObject({
      verdict,
      score: grey,
      imageKept,
      width: 16,
      height: 12,
      inferMs: 2,
      error: null,
      map: { width: 2, height: 1, low: 0, high: 1 },
    });
    const kept = await findKept(join(dir, 'images'), reply.imageHash as string);
    expect(kept !== null).toBe(imageKept);
  });

  it('judges a defect type by its own thresholds where it has some', async () => {
    const { engine, model } = await setUp();
    const image = await part(9);
    const ask = (given: typeof model & { thresholdsByLabel?: ThresholdsByLabel }) =>
      judge(engine, { key: 'a', image, model: given, keep: 'notOk' });
    expect(await ask(model)).toMatchObject({ verdict: 'NG', label: 'crack' });
    const others = { crack: { review: 10, ng: 20 }, stain: { review: 0, ng: 0 } };
    expect(await ask({ ...model, thresholdsByLabel: others })).toMatchObject({
      verdict: 'OK',
      label: 'crack',
    });
  });

  it('keeps every picture when asked to', async () => {
    const { engine, model } = await setUp();
    const reply = await judge(engine, { key: 'a', image: await part(0), model, keep: 'always' });
    expect(reply).toMatchObject({ verdict: 'OK', imageKept: true });
  });

  it('shows a part that has just been judged, and none that has not', async () => {
    const { engine, model } = await setUp();
    await judge(engine, { key: 'a', image: await part(0), model, keep: 'notOk' });
    const { jpeg } = await picture(engine, { key: 'a', maxSide: 16 });
    expect(readHeader(Buffer.from(jpeg as Uint8Array))).toMatchObject({ format: 'jpeg', width: 16 });
    expect(await picture(engine, { key: 'b', maxSide: 16 })).toEqual({ jpeg: null });
  });

  it('takes a part without a model for a review and keeps it', async () => {
    const { engine } = await setUp();
    const reply = await judge(engine, { key: 'a', image: await part(0), model: null, keep: 'notOk' });
    expect(reply).toMatchObject({
      verdict: 'REVIEW',
      score: null,
      imageKept: true,
      error: { kind: 'noModel' },
    });
  });

  it.each<[string, string | null, string]>([
    ['a text file named .png', 'not an image', 'imageUnreadable'],
    ['an empty file', '', 'imageUnreadable'],
    ['a file that is gone', null, 'imageVanished'],
  ])('takes %s for a review with the reason', async (_what, content, kind) => {
    const { engine, model } = await setUp();
    const path = join(dir, 'bad.png');
    if (content !== null) await writeFile(path, content);
    const reply = await judge(engine, { key: 'a', image: { from: 'file', path }, model, keep: 'always' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', score: null, error: { kind, params: { path } } });
  });

  it('names a camera frame that cannot be read', async () => {
    const { engine, model } = await setUp();
    const image = { from: 'bytes', bytes: Buffer.from('junk') } as const;
    const reply = await judge(engine, { key: 'a', image, model, keep: 'always' });
    expect(reply.error).toMatchObject({ kind: 'imageUnreadable', params: { path: 'camera' } });
  });

  it('takes a score that is not a number, or a broken network, for a review', async () => {
    for (const kind of ['outputNotFinite', 'modelShapeUnresolved'] as const) {
      const { engine, model } = await setUp(() => {
        throw new ModelError(kind);
      });
      const reply = await judge(engine, { key: 'a', image: await part(0), model, keep: 'notOk' });
      expect(reply).toMatchObject({
        verdict: 'REVIEW',
        score: null,
        imageKept: true,
        error: { kind, params: { path: model.path } },
      });
    }
  });

  it('never calls a part OK because of a bug', async () => {
    const { engine, model } = await setUp(() => Promise.reject(new TypeError('bug')));
    const reply = await judge(engine, { key: 'a', image: await part(0), model, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', error: { kind: 'internal', cause: 'bug' } });
  });

  it('lets the verdict stand when the picture cannot be kept', async () => {
    const { engine, model } = await setUp();
    const full = new KenroError('diskFull', { path: join(dir, 'images') });
    vi.mocked(durableFile.writeDurably).mockRejectedValueOnce(full);
    const image = await part(2);
    const reply = await judge(engine, { key: 'a', image, model, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'NG', score: 2, imageKept: false, error: { kind: 'diskFull' } });
  });

  it('judges nothing by a model that is not the one asked for', async () => {
    const { engine, model, opened } = await setUp();
    await writeFile(model.path, 'another model');
    const reply = await judge(engine, { key: 'a', image: await part(0), model, keep: 'notOk' });
    expect(reply).toMatchObject({ verdict: 'REVIEW', error: { kind: 'modelHashMismatch' } });
    expect(opened).toEqual([]);
  });
});

describe('judge, where a part may be looked at again', () => {
  /** A part that scores 0 (OK by one look), and what noisy looks at it came to. */
  async function judgeAfter(smoothing: Smoothed) {
    const { engine, model } = await setUp();
    const look = engine.lanes.look.bind(engine.lanes);
    const asked: PartToLookAt[] = [];
    const lanes: Lanes = {
      ...engine.lanes,
      look: async (given) => {
        asked.push(given);
        return { ...((await look(given)) as Seen), smoothing };
      },
    };
    const image = await part(0);
    const request = { key: 'a', image, model, keep: 'notOk', smoothing: usualSmoothing } as const;
    const startMs = systemClock.monotonicMs();
    const reply = JudgeReply.parse(await judge({ ...engine, lanes }, request));
    return { reply, again: asked[0]?.again, startMs };
  }

  it('lets the verdict stand that they have certified, and keeps the picture to repeat them', async () => {
    const certificate = certificateWith({ predicted: 'OK' });
    const { reply, again, startMs } = await judgeAfter({ certificate, error: null, smoothMs: 5 });
    expect(reply).toMatchObject({ verdict: 'OK', imageKept: true, smoothing: { certificate } });
    expect(again).toMatchObject({ settings: usualSmoothing, judgedBy: { thresholds } });
    // The time of a part begins when it comes.
    expect(again!.untilMs).toBeGreaterThanOrEqual(startMs + usualSmoothing.budgetMs);
    expect(again!.untilMs).toBeLessThan(systemClock.monotonicMs() + usualSmoothing.budgetMs);
  });

  it.each([
    ['another verdict', certificateWith({ predicted: 'NG' })],
    ['no certainty', certificateWith({ isCertified: false, abstained: true, radius: 0 })],
    ['no time', certificateWith({ isCertified: false, predicted: null, n: 0, hits: 0, ended: 'time' })],
  ])('leaves it to a human after %s', async (_, certificate) => {
    const { reply } = await judgeAfter({ certificate, error: null, smoothMs: 5 });
    expect(reply).toMatchObject({ verdict: 'REVIEW', score: 0, imageKept: true });
  });

  it('leaves it to a human when they have failed', async () => {
    const error = { kind: 'outputNotFinite', params: {} } as const;
    const { reply } = await judgeAfter({ certificate: null, error, smoothMs: 5 });
    expect(reply).toMatchObject({ verdict: 'REVIEW', score: 0, error: null, smoothing: { error } });
  });

  it('decides on one look where that was enough', async () => {
    const { reply } = await judgeAfter({ certificate: null, error: null, smoothMs: 0 });
    expect(reply).toMatchObject({ verdict: 'OK', imageKept: false });
  });
});
