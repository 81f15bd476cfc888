import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EngineRequest, JudgeReply } from '../../electron/contract/engine.ts';
import { smoothingLimits, usualSmoothing, type ProductSmoothing } from '../../electron/contract/smoothing.ts';
import { decide } from '../../electron/contract/verdict.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { findKept } from '../../electron/engine/keptPictures.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import {
  demoPart,
  smallPreprocess,
  writeSmallDetector,
  type SmallDetector,
} from '../support/smallDetector.ts';

let folder: string;
let model: SmallDetector;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-smoothing-'));
  const taught = await writeSmallDetector(folder);
  // Between two thresholds a part is a review whatever noise shows: one leaves nothing between.
  const { review } = taught.thresholds;
  model = { ...taught, thresholds: { review, ng: review } };
  return () => rm(folder, { recursive: true, force: true });
});

/** Every part lies near its threshold; there is all the time in the world. */
const patient: ProductSmoothing = { ...usualSmoothing, margin: 10, budgetMs: smoothingLimits.budgetMs.max };

function start(role: 'inspect' | 'train' = 'inspect'): EngineClient {
  const config = { imagesDir: join(folder, 'images'), threads: 2, provider: 'cpu' } as const;
  const engine = startEngine({ launcher: nodeLauncher, role, config, spare: false });
  onTestFinished(() => engine.stop());
  return engine;
}

function part(index: number, smoothing = patient): EngineRequest<'judge'> {
  return { key: `part ${index}`, image: demoPart(index), model, keep: 'notOk', smoothing };
}

async function judged(engine: EngineClient, indices: readonly number[], smoothing = patient) {
  return Promise.all(indices.map((index) => engine.call('judge', part(index, smoothing))));
}

const firstOf = ({ score }: JudgeReply) => decide(score!, model.thresholds);
const indices = [0, 1, 2, 3, 4, 5];

describe('noisy looks', () => {
  it('give the same certificate to the same part, and can be repeated from the record', async () => {
    const engine = start();
    await engine.call('load', { ...model, smoothed: true });
    const replies = await judged(engine, indices);
    const again = await judged(engine, indices);
    const training = start('train');
    const seeds = new Set<number>();
    for (const [at, reply] of replies.entries()) {
      const certificate = reply.smoothing!.certificate!;
      expect(again[at]?.smoothing?.certificate).toEqual(certificate);
      expect(reply.verdict).toBe(certificate.isCertified ? firstOf(reply) : 'REVIEW');
      const image = await findKept(join(folder, 'images'), reply.imageHash!);
      const request = { model, image: image!, first: firstOf(reply), certificate };
      expect(await training.call('repeatLooks', request)).toEqual(certificate);
      seeds.add(certificate.seed);
    }
    expect(seeds.size).toBe(indices.length);
    // Were they all certified, or none, the test would show little.
    const certified = replies.filter(({ smoothing }) => smoothing?.certificate?.isCertified);
    expect(certified.length).toBeGreaterThan(0);
  });

  it('that ran out of time are repeated as far as they went', async () => {
    const engine = start();
    await engine.call('load', { ...model, smoothed: true });
    // So rare an error takes more looks than there is time for.
    const hasty = { ...patient, alpha: 1e-6, radius: 1, n: 10_000, budgetMs: 60 };
    const replies = await judged(engine, [0], hasty);
    const certificate = replies[0]!.smoothing!.certificate!;
    expect(certificate).toMatchObject({ ended: 'time', isCertified: false });
    expect(replies[0]!.verdict).toBe('REVIEW');
    const image = await findKept(join(folder, 'images'), replies[0]!.imageHash!);
    const request = { model, image: image!, first: firstOf(replies[0]!), certificate };
    expect(await engine.call('repeatLooks', request)).toEqual(certificate);
  });

  it('leave a part far from the threshold alone', async () => {
    const [reply] = await judged(start(), [0], { ...patient, margin: 0.001 });
    expect(reply?.smoothing).toEqual({ certificate: null, error: null, smoothMs: 0 });
    expect(reply?.verdict).toBe(firstOf(reply!));
  });

  it('are shown on the very part, as long as it has its picture', async () => {
    const engine = start();
    await judged(engine, [0]);
    const ask = (key: string, sigma: number) =>
      engine.call('noisyPicture', {
        ...{ key, path: null, preprocess: smallPreprocess },
        smoothing: { ...patient, sigma },
      });
    const weak = await ask('part 0', 0.001);
    const strong = await ask('part 0', 0.2);
    expect(weak.pictures?.plain).toEqual(strong.pictures?.plain);
    // What is noisier takes more bytes.
    expect(strong.pictures!.noisy.length).toBeGreaterThan(1.2 * strong.pictures!.plain.length);
    expect(weak.pictures!.noisy.length).toBeLessThan(strong.pictures!.noisy.length);
    expect((await ask('part 77', 0.2)).pictures).toBeNull();
  });
});
