import type { Inspection } from '../../electron/contract/domain.ts';
import type { ImageSource } from '../../electron/contract/engine.ts';
import { usualSmoothing, type ProductSmoothing } from '../../electron/contract/smoothing.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { readStarterBackbone } from '../../electron/learning/starter.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { places } from '../../electron/platform/places.ts';
import { join } from 'node:path';
import { quantile, type Figure } from './figure.ts';
import { openBenchLine, type BenchModel } from './line.ts';
import { startInspecting } from './tileDetector.ts';

/** Of the network's input: the shipped detectors' own, and what a line that wants looks within the budget would take. */
const sides = [304, 96];
const taughtOn = 60;
const goodParts = 100;
const defectiveParts = 50;
/** Strengths of the demo line's sensor noise. */
const noises = [0, 0.1, 0.2];
const smoothing: ProductSmoothing = { ...usualSmoothing, budgetMs: 50 };

/**
 * What noisy looks at parts near the threshold cost and bring on the demo line's tiles, part by part as a line brings
 * them: latency, how many parts need them, false alarms, reviews and escapes under sensor noise.
 */
export async function benchSmoothing(root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const side of sides) {
    const engine = startInspecting(join(root, String(side)));
    try {
      const model = await teachTiles(engine, root, side);
      figures.push(...(await benchModel(engine, join(root, String(side)), model, side)));
    } finally {
      await engine.stop();
    }
  }
  return figures;
}

/** With one threshold, so that no part is a review but by what noise shows. */
async function teachTiles(engine: EngineClient, root: string, side: number): Promise<BenchModel> {
  const backbone = await readStarterBackbone(places.starterDir);
  const { path, sha256, thresholds } = await engine.call('teach', {
    good: { from: 'list', images: tiles(taughtOn, 0, 0, 1) },
    ng: null,
    backbone: { ...backbone, preprocess: { ...backbone.preprocess, size: [side, side] } },
    features: backbone.features,
    seed: 0,
    out: join(root, `tiles-${side}.onnx`),
  });
  const { review } = thresholds;
  return { path, sha256, thresholds: { review, ng: review } };
}

function tiles(count: number, defectRate: number, noise: number, seed: number): ImageSource[] {
  const disturbances = { light: 0, blur: 0, noise };
  return Array.from({ length: count }, (_, index) => {
    return { from: 'demo', part: 'tile', seed, index, defectRate, disturbances };
  });
}

interface Judged {
  readonly parts: readonly Inspection[];
  /** From offering a part until it is on record. */
  readonly tookMs: readonly number[];
}

type Line = Awaited<ReturnType<typeof openBenchLine>>;

async function benchModel(
  engine: EngineClient,
  root: string,
  model: BenchModel,
  side: number,
): Promise<Figure[]> {
  await engine.call('load', { ...model, smoothed: true });
  const once = await openBenchLine(join(root, 'once'), engine, model);
  const again = await openBenchLine(join(root, 'again'), engine, model, { smoothing });
  const figures: Figure[] = [];
  try {
    for (const line of [once, again]) await line.judgeAll(tiles(20, 0, 0, 2));
    for (const noise of noises) {
      const good = tiles(goodParts, 0, noise, 3);
      const bad = tiles(defectiveParts, 1, noise, 4);
      const without = { good: await judge(once, good), bad: await judge(once, bad) };
      const under = { good: await judge(again, good), bad: await judge(again, bad) };
      const name = `${side} px, noise ${noise}`;
      figures.push(...latencies(name, [without.good, without.bad], [under.good, under.bad]));
      figures.push(...rates(name, without, under));
    }
  } finally {
    await once.close();
    await again.close();
  }
  return figures;
}

async function judge(line: Line, images: readonly ImageSource[]): Promise<Judged> {
  const parts: Inspection[] = [];
  const tookMs: number[] = [];
  for (const image of images) {
    const startMs = systemClock.monotonicMs();
    parts.push(...(await line.judgeAll([image])));
    tookMs.push(systemClock.monotonicMs() - startMs);
  }
  return { parts, tookMs };
}

function latencies(name: string, without: readonly Judged[], under: readonly Judged[]): Figure[] {
  const took = (judged: readonly Judged[]) => judged.flatMap(({ tookMs }) => tookMs);
  const parts = under.flatMap((each) => each.parts);
  const looked = parts.filter(({ certificate }) => certificate);
  const late = looked.filter(({ certificate }) => certificate?.ended === 'time');
  const looks = looked.reduce((sum, { votes }) => sum + (votes ?? 1) - 1, 0);
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(took(without), share).toFixed(1));
  return [
    {
      name: `${name}: whole verdict with looks under noise, p99`,
      value: quantile(took(under), 0.99),
      unit: 'ms',
      goal: { below: smoothing.budgetMs },
      note: `p50 ${quantile(took(under), 0.5).toFixed(1)}; with one look p50 ${p50}, p99 ${p99}`,
    },
    {
      name: `${name}: parts decided on the first look`,
      value: 100 * (1 - looked.length / parts.length),
      unit: '%',
      note: `${looked.length} of ${parts.length} looked at again, ${looks} noisy looks, out of time ${late.length}`,
    },
  ];
}

function rates(
  name: string,
  without: { readonly good: Judged; readonly bad: Judged },
  under: { readonly good: Judged; readonly bad: Judged },
): Figure[] {
  const of = ({ parts }: Judged, verdict: Verdict) =>
    (100 * parts.filter((part) => part.verdict === verdict).length) / parts.length;
  const row = (what: string, side: 'good' | 'bad', verdict: Verdict): Figure => ({
    name: `${name}: ${what}`,
    value: of(under[side], verdict),
    unit: '%',
    note: `with one look ${of(without[side], verdict).toFixed(1)} %`,
  });
  return [
    row('false alarms', 'good', 'NG'),
    row('reviews of good parts', 'good', 'REVIEW'),
    row('escapes', 'bad', 'OK'),
    row('reviews of defective parts', 'bad', 'REVIEW'),
  ];
}
