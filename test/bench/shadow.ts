import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageSource } from '../../electron/contract/engine.ts';
import { fileSha256 } from '../../electron/learning/modelFiles.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { seededRandom, type Random } from '../../native-models/random.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { openBenchLine, type BenchModel } from './line.ts';
import { startInspecting } from './tileDetector.ts';

const rounds = 4;
const parts = 120;
/** A part every so often, as on a line that is not at its limit. */
const everyMs = 100;

/** How parts come: by the clock, or by chance with the same mean, as from people and several machines. */
const arrivals: Readonly<Record<string, (random: Random) => number>> = {
  'regular parts': () => everyMs,
  'parts by chance': (random) => -everyMs * Math.log(1 - random.uniform()),
};

/** What it costs a verdict that a candidate in verification looks at the same parts of the demo line. */
export async function benchShadow(root: string): Promise<Figure[]> {
  const engine = startInspecting(root);
  try {
    const [model, candidate] = [await shipped('tile'), await shipped('disc')];
    const line = await openBenchLine(root, engine, model, { candidate });
    try {
      await line.judgeAll(demoTiles(20));
      line.shadowed(true);
      await line.judgeAll(demoTiles(20));
      const figures: Figure[] = [];
      for (const [name, gapMs] of Object.entries(arrivals)) {
        figures.push(...(await compare(line, name, gapMs)));
      }
      return [...figures, await throughput(line)];
    } finally {
      await line.close();
    }
  } finally {
    await engine.stop();
  }
}

type Line = Awaited<ReturnType<typeof openBenchLine>>;

/** In turn without and with the candidate, so that a machine that slows down slows both. */
async function compare(line: Line, name: string, gapMs: (random: Random) => number): Promise<Figure[]> {
  const times = { without: [] as number[], with: [] as number[] };
  const before = line.shadows;
  for (let round = 0; round < rounds; round++) {
    for (const which of ['without', 'with'] as const) {
      line.shadowed(which === 'with');
      times[which].push(...(await paced(line, gapMs, seededRandom(round).fork(name))));
      // The last shadow verdicts belong to this round.
      await sleep(everyMs);
    }
  }
  const judged = (100 * (line.shadows - before)) / (rounds * parts);
  const ratio = (share: number): Figure => {
    const [withoutMs, withMs] = [quantile(times.without, share), quantile(times.with, share)];
    return {
      name: `verdict with a candidate over without, ${name}, p${100 * share}`,
      value: withMs / withoutMs,
      unit: '×',
      note: `${withMs.toFixed(1)} against ${withoutMs.toFixed(1)} ms; ${judged.toFixed(0)} % of the parts compared`,
    };
  };
  return [ratio(0.5), { ...ratio(0.95), goal: { below: 1.2 } }];
}

/** Milliseconds from each part's coming to its verdict on record. */
async function paced(line: Line, gapMs: (random: Random) => number, random: Random): Promise<number[]> {
  const times: number[] = [];
  for (const image of demoTiles(parts)) {
    const ms = await timed(() => line.judgeAll([image]));
    times.push(ms);
    await sleep(Math.max(0, gapMs(random) - ms));
  }
  return times;
}

/** Of a line that never rests: the candidate looks at nothing, and takes nothing. */
async function throughput(line: Line): Promise<Figure> {
  const ms = { without: 0, with: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const which of ['without', 'with'] as const) {
      line.shadowed(which === 'with');
      ms[which] += await timed(() => line.judgeAll(demoTiles(parts)));
    }
  }
  const rate = (spent: number) => (1000 * rounds * parts) / spent;
  return {
    name: 'throughput with a candidate over without',
    value: ms.without / ms.with,
    unit: '×',
    goal: { atLeast: 0.95 },
    note: `${rate(ms.with).toFixed(1)} against ${rate(ms.without).toFixed(1)} parts/s`,
  };
}

/** The demo line's parts under its usual conditions. */
function demoTiles(count: number): ImageSource[] {
  return Array.from({ length: count }, (_, index) => ({
    ...({ from: 'demo', part: 'tile', seed: 1, index, defectRate: 0.08 } as const),
    disturbances: { light: 0.1, blur: 0, noise: 0.05 },
  }));
}

async function shipped(part: 'tile' | 'disc'): Promise<BenchModel> {
  const path = `native-models/models/${part}.onnx`;
  const detector = await openDetector(path, { threads: 1 });
  const { thresholds } = detector.card;
  await detector.close();
  return { path, sha256: await fileSha256(path), thresholds };
}
