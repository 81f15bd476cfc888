import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSource } from '../../electron/contract/engine.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { readStarterBackbone } from '../../electron/learning/starter.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { places } from '../../electron/platform/places.ts';
import { encodePng } from '../../native-models/images/encode.ts';
import { seededRandom } from '../../native-models/random.ts';
import { forcedGc } from './support/forcedGc.ts';
import { slope } from './support/slope.ts';
import type { Figure } from './figure.ts';
import { openBenchLine } from './line.ts';

const images = 64;
/** Small pictures, so that a hundred thousand take minutes; what could leak is the same. */
const sidePixels = 64;
const chunk = 2_000;
const seriesEvery = 10_000;
/** What caches, pools and the garbage collector need to settle. */
const warmUpShare = 0.2;
const mayGrowMb = 64;

/**
 * Whether engine and station keep their size over `parts` parts: resident, the station's after collecting. The
 * station's holds SQLite's page cache, which is 64 MiB and takes some 350,000 parts to fill.
 */
export async function benchMemory(root: string, parts: number): Promise<Figure[]> {
  const files = await writeTextures(join(root, 'parts'));
  const engine = startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    config: { imagesDir: join(root, 'images'), threads: 0, provider: 'cpu' },
    spare: false,
  });
  const backbone = await readStarterBackbone(places.starterDir);
  const { path, sha256 } = await engine.call('teach', {
    good: { from: 'list', images: files },
    ng: null,
    backbone: { ...backbone, preprocess: { ...backbone.preprocess, size: [sidePixels, sidePixels] } },
    features: backbone.features,
    seed: 0,
    out: join(root, 'detector.onnx'),
  });
  const line = await openBenchLine(root, engine, { path, sha256, thresholds: { review: 1e9, ng: 1e9 } });
  const sizes: { engine: number; station: number }[] = [];
  try {
    for (let done = 0; done < parts; done += chunk) {
      await line.judgeAll(Array.from({ length: chunk }, (_, i) => files[i % files.length]!));
      const { rssBytes } = await engine.call('ping', {});
      forcedGc();
      sizes.push({ engine: rssBytes / 2 ** 20, station: process.memoryUsage.rss() / 2 ** 20 });
    }
  } finally {
    await line.close();
    await engine.stop();
  }
  return (['engine', 'station'] as const).flatMap((who) => {
    const megabytes = sizes.map((each) => each[who]);
    return [growth(who, megabytes, parts), trend(who, megabytes)];
  });
}

async function writeTextures(folder: string): Promise<ImageSource[]> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(7);
  const files: ImageSource[] = [];
  for (let i = 0; i < images; i++) {
    const data = Uint8Array.from({ length: sidePixels ** 2 }, () => 90 + random.integer(60));
    const path = join(folder, `${i}.png`);
    await writeFile(
      path,
      await encodePng({ width: sidePixels, height: sidePixels, channels: 1, depth: 8, data }),
    );
    files.push({ from: 'file', path });
  }
  return files;
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
    note: `every ${seriesEvery} parts: ${series(sizes)} MB`,
  };
}

/** How fast it still grows in the second half, where everything has settled. */
function trend(who: string, sizes: readonly number[]): Figure {
  const { perStep, interval } = slope(sizes.slice(Math.floor(sizes.length / 2)));
  const [low, high] = interval.map((bound) => ((bound * 100_000) / chunk).toFixed(1));
  return {
    name: `slope of the ${who} in the second half, over 100,000 parts`,
    value: (perStep * 100_000) / chunk,
    unit: 'MB',
    note: `95 % interval [${low}, ${high}]`,
  };
}

function series(sizes: readonly number[]): string {
  const each = seriesEvery / chunk;
  return sizes
    .filter((_, index) => (index + 1) % each === 0)
    .map((size) => size.toFixed(0))
    .join(' ');
}
