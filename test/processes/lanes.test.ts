import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { lanes, type Lanes } from '../../electron/engine/lanes/lanes.ts';
import { threadLane } from '../../electron/engine/lanes/threadLane.ts';
import { demoPart, writeSmallDetector, type SmallDetector } from '../support/smallDetector.ts';

let folder: string;
let models: [SmallDetector, SmallDetector];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kenro-lanes-'));
  models = [await writeSmallDetector(folder, 0), await writeSmallDetector(folder, 1)];
  return () => rm(folder, { recursive: true, force: true });
});

function start(): Lanes {
  const plan = { provider: 'cpu', lanes: 2, threadsAlone: 2, threadsShared: 1 } as const;
  const all = lanes(plan.lanes, () => threadLane(plan));
  onTestFinished(() => all.close());
  return all;
}

const scoreOf = async (all: Lanes, index: number, model: SmallDetector) => {
  const look = await all.look({ image: demoPart(index), model });
  expect(look.error).toBeNull();
  return look.encoded === null ? null : look.score;
};
const numbers = Array.from({ length: 12 }, (_, index) => index);

describe('lanes on threads', () => {
  it('give a part the same score alone and beside others, also while the model changes', async () => {
    const all = start();
    const alone: (number | null)[][] = [];
    for (const model of models) {
      await all.load(model);
      const scores: (number | null)[] = [];
      for (const index of numbers) scores.push(await scoreOf(all, index, model));
      alone.push(scores);
    }
    expect(alone[0]).not.toEqual(alone[1]);

    const fresh = start();
    const crowded = numbers.map((index) => Promise.all(models.map((model) => scoreOf(fresh, index, model))));
    const swapped = await Promise.all(crowded);
    expect([swapped.map(([first]) => first), swapped.map(([, second]) => second)]).toEqual(alone);
  });

  it('say why a part or a model is at fault, and go on', async () => {
    const all = start();
    const [model] = models;
    const gone = { ...model, path: join(folder, 'gone.onnx') };
    const [lost, unread, good] = await Promise.all([
      all.look({ image: demoPart(0), model: gone }),
      all.look({ image: { from: 'file', path: join(folder, 'gone.png') }, model }),
      all.look({ image: demoPart(0), model }),
    ]);
    expect(lost).toMatchObject({ score: null, error: { kind: 'modelMissing', params: { path: gone.path } } });
    expect(unread).toMatchObject({ encoded: null, error: { kind: 'imageVanished' } });
    expect(good).toMatchObject({ error: null, score: expect.any(Number) });
    await expect(all.load(gone)).rejects.toMatchObject({ kind: 'modelMissing', params: { path: gone.path } });
    await expect(all.load({ ...model, sha256: '0'.repeat(64) })).rejects.toMatchObject({
      kind: 'modelHashMismatch',
    });
  });

  it('finish what they have before they close', async () => {
    const all = start();
    const looks = numbers.map((index) => scoreOf(all, index, models[0]));
    await all.close();
    const unfinished = Symbol();
    for (const look of looks) expect(await Promise.race([look, unfinished])).not.toBe(unfinished);
  });
});
