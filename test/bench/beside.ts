import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usualFineTune } from '../../electron/contract/usualSettings.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { openBenchLine } from './line.ts';
import { mobileNet, startInspecting, teachMobileNet, tileImages, tiles } from './tileDetector.ts';

const rounds = 3;
const parts = 100;
/** A part every so often, as on a line that is not at its limit. */
const everyMs = 100;

/** How much later verdicts come while a model is retrained on the same computer, as the station does it. */
export async function benchBeside(root: string): Promise<Figure[]> {
  if (!mobileNet || !tiles) return [];
  const engine = startInspecting(root);
  try {
    const model = await teachMobileNet(engine, root);
    const line = await openBenchLine(root, engine, model);
    const images = tileImages('test/good', parts);
    const paced = async (): Promise<number[]> => {
      const times: number[] = [];
      for (const image of images) {
        const ms = await timed(() => line.judgeAll([image]));
        times.push(ms);
        await sleep(Math.max(0, everyMs - ms));
      }
      return times;
    };
    const [alone, beside]: [number[], number[]] = [[], []];
    try {
      await paced();
      for (let round = 0; round < rounds; round++) {
        alone.push(...(await paced()));
        const retraining = await startRetraining(model.path, join(root, `run ${round}`));
        beside.push(...(await paced()));
        await retraining.stop();
      }
    } finally {
      await line.close();
    }
    return [
      p95Figure(alone, beside),
      {
        name: 'verdict beside a retraining over alone, p50',
        value: quantile(beside, 0.5) / quantile(alone, 0.5),
        unit: '×',
        note: `${quantile(beside, 0.5).toFixed(1)} against ${quantile(alone, 0.5).toFixed(1)} ms`,
      },
    ];
  } finally {
    await engine.stop();
  }
}

function p95Figure(alone: readonly number[], beside: readonly number[]): Figure {
  const [aloneMs, besideMs] = [quantile(alone, 0.95), quantile(beside, 0.95)];
  return {
    name: 'verdict beside a retraining over alone, p95',
    value: besideMs / aloneMs,
    unit: '×',
    goal: { below: 1.2 },
    note: `${besideMs.toFixed(1)} against ${aloneMs.toFixed(1)} ms`,
  };
}

/** Trains every layer; resolves when it is in its steps. */
async function startRetraining(model: string, out: string): Promise<EngineClient> {
  const engine = startEngine({
    launcher: nodeLauncher,
    role: 'train',
    config: { imagesDir: null, threads: 0, provider: 'cpu' },
  });
  const images = tileImages('train/good', 100).map(({ path }) => {
    return { path, label: 'ok', split: null, group: null, weight: 1 };
  });
  const settings = { ...usualFineTune, layers: 'all', samples: 'all' as const, epochs: 1000, testShare: 0 };
  await new Promise<void>((resolve, reject) => {
    engine
      .call(
        'fineTune',
        { model, images, corrected: [], settings, cacheMb: 512, out, resume: false },
        { onProgress: ({ stage }) => stage === 'train' && resolve() },
      )
      .catch(reject);
  });
  return engine;
}
