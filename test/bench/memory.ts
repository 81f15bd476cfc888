import { join } from 'node:path';
import type { ImageSource } from '../../electron/contract/engine.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { writeDataset } from '../../native-models/images/procedural/dataset.ts';
import type { Figure } from './figure.ts';
import { openBenchLine } from './line.ts';
import { starterDetector } from './starterDetector.ts';

const images = 64;
const chunk = 2_000;
/** What caches, pools and the garbage collector need to settle. */
const warmUpShare = 0.2;
const mayGrowMb = 64;

/** Whether engine and station keep their size over `parts` parts, judged with the starter detector. */
export async function benchMemory(root: string, parts: number): Promise<Figure[]> {
  const files = await writeDataset(join(root, 'parts'), {
    part: 'disc',
    seed: 7,
    trainGood: images,
    testGood: 0,
    testPerDefect: 0,
    disturbances: { light: 0, blur: 0, noise: 0 },
  });
  const engine = startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    config: { imagesDir: join(root, 'images'), threads: 0, provider: 'cpu' },
    spare: false,
  });
  const line = await openBenchLine(root, engine, {
    ...(await starterDetector('disc')),
    thresholds: { review: 1e9, ng: 1e9 },
  });
  const sizes: { engine: number; station: number }[] = [];
  try {
    for (let done = 0; done < parts; done += chunk) {
      await line.judgeAll(
        Array.from({ length: chunk }, (_, i): ImageSource => ({
          from: 'file',
          path: join(root, 'parts', files[i % files.length]!.path),
        })),
      );
      const { rssBytes } = await engine.call('ping', {});
      sizes.push({ engine: rssBytes / 2 ** 20, station: process.memoryUsage.rss() / 2 ** 20 });
    }
  } finally {
    await line.close();
    await engine.stop();
  }
  return (['engine', 'station'] as const).map((who) =>
    growth(
      who,
      sizes.map((each) => each[who]),
      parts,
    ),
  );
}

/** Of the largest size in the last quarter over the largest just after warming up. */
function growth(who: string, sizes: readonly number[], parts: number): Figure {
  const early = Math.floor(sizes.length * warmUpShare);
  const quarter = Math.ceil(sizes.length / 4);
  const settled = Math.max(...sizes.slice(early, early + quarter));
  const last = Math.max(...sizes.slice(-quarter));
  return {
    name: `growth of the ${who} over ${parts} parts`,
    value: last - settled,
    unit: 'MB',
    goal: { below: mayGrowMb },
    note: `${settled.toFixed(0)} MB → ${last.toFixed(0)} MB`,
  };
}
