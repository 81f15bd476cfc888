import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usualEvaluationBatch, usualFineTune } from '../../electron/contract/usualSettings.ts';
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

/** What the training engine does beside the line. */
const works = ['a retraining', 'a report'] as const;
type Work = (typeof works)[number];

/** How much later verdicts come while a model is retrained or measured on the same computer, as the station does it. */
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
    const alone: number[] = [];
    const beside: Record<Work, number[]> = { 'a retraining': [], 'a report': [] };
    try {
      await paced();
      for (let round = 0; round < rounds; round++) {
        for (const work of works) {
          alone.push(...(await paced()));
          const start = work === 'a report' ? startReport : startRetraining;
          const engine = await start(model.path, join(root, `run ${round}`));
          beside[work].push(...(await paced()));
          await engine.stop();
        }
      }
    } finally {
      await line.close();
    }
    return works.flatMap((work) => [
      { ...figure(work, 0.95, alone, beside[work]), goal: { below: 1.2 } },
      figure(work, 0.5, alone, beside[work]),
    ]);
  } finally {
    await engine.stop();
  }
}

function figure(work: Work, share: number, alone: readonly number[], beside: readonly number[]): Figure {
  const [aloneMs, besideMs] = [quantile(alone, share), quantile(beside, share)];
  return {
    name: `verdict beside ${work} over alone, p${100 * share}`,
    value: besideMs / aloneMs,
    unit: '×',
    note: `${besideMs.toFixed(1)} against ${aloneMs.toFixed(1)} ms`,
  };
}

function startTraining(): EngineClient {
  const config = { imagesDir: null, threads: 0, provider: 'cpu' } as const;
  return startEngine({ launcher: nodeLauncher, role: 'train', config });
}

/** Measures under every disturbance; resolves when it does. */
async function startReport(model: string): Promise<EngineClient> {
  const engine = startTraining();
  const images = tileImages('test/good', parts).map(({ path }) => ({ path, label: 'ok', group: null }));
  const { site, costs } = usualFineTune;
  const job = { model, images, thresholds: null, corruptions: 'all' as const, attacks: null, site, costs };
  await new Promise<void>((resolve, reject) => {
    engine
      .call(
        'evaluate',
        { ...job, run: null, batch: usualEvaluationBatch, seed: 0 },
        { onProgress: ({ stage }) => stage === 'evaluate' && resolve() },
      )
      .catch(reject);
  });
  return engine;
}

/** Trains every layer; resolves when it is in its steps. */
async function startRetraining(model: string, out: string): Promise<EngineClient> {
  const engine = startTraining();
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
