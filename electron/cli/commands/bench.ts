import { join, resolve } from 'node:path';
import type { EngineRequest, ImageSource } from '../../contract/engine.ts';
import { KenroError, toErrorInfo } from '../../contract/errors.ts';
import type { ProviderMeasurement, ProviderName } from '../../contract/providers.ts';
import type { EngineClient } from '../../engine/client.ts';
import { readStarterManifest } from '../../learning/starter.ts';
import { places } from '../../platform/places.ts';
import { nearestRank } from '../../engine/statistics.ts';
import { drawnParts } from '../../station/providers/trialImages.ts';
import { engineFlags } from '../arguments.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Command, Context, Given } from '../command.ts';
import { imagesOf } from '../images.ts';
import { messageFor } from '../messages.ts';
import { withEngine } from '../withEngine.ts';

type ModelFile = EngineRequest<'load'>;

/** Verdicts behind the percentiles of a whole verdict, after a few that lay out memory. */
const timedVerdicts = 40;
const warmUps = 5;
/** As parts of an ordinary line look: what the figures are of. */
const calm = { light: 0.1, blur: 0, noise: 0.05 };

export const bench: Command = {
  name: 'bench',
  summary: 'Measures the execution providers of this computer, and the whole verdict.',
  usage: '[PATH...] [--model FILE...]',
  details: [
    'PATH is an image or a folder of images (default: drawn demo parts). Each provider is compared with the processor',
    'on the same pictures. The whole verdict is read, decoded, scored and answered by the engine process; drawing a',
    'demo part takes longer than reading a file.',
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'a detector (default: the shipped ones)', multiple: true },
    ...engineFlags,
  },
  run: async (given, context) => {
    await withEngine(given, async (engine) => {
      const { offered } = await engine.call('providers', {});
      const images = await picturesOf(given);
      for (const path of await modelsOf(given)) {
        const { sha256 } = await engine.call('card', { path });
        for (const provider of offered)
          await tryOne(engine, { path, sha256 }, provider, images, given, context);
        await wholeVerdict(engine, { path, sha256 }, images, context);
      }
    });
  },
};

async function modelsOf(given: Given): Promise<string[]> {
  const named = given.texts('model').map((path) => resolve(path));
  if (named.length > 0) return named;
  const { detectors } = await readStarterManifest(places.starterDir);
  return detectors.map(({ file }) => join(places.starterDir, file));
}

async function picturesOf(given: Given): Promise<ImageSource[]> {
  if (given.positionals.length > 0) {
    return (await imagesOf(given)).slice(0, 100).map((path) => ({ from: 'file', path }));
  }
  return drawnParts(given.integer('seed', 0, 0, 0xffff_ffff), calm);
}

async function tryOne(
  engine: EngineClient,
  model: ModelFile,
  provider: ProviderName,
  images: ImageSource[],
  given: Given,
  { terminal, signal }: Context,
): Promise<void> {
  const about = { model: model.path, provider };
  const threads = given.integer('threads', 0, 0, 1024);
  try {
    const trial = await engine.call('tryProvider', { provider, model, images, threads }, { signal });
    const { agrees, worst, flips } = trial.parity;
    const { p50Ms, p95Ms, openMs, half, batch, grownBytes } = trial;
    const record = { ...about, agrees, worst, flips, p50Ms, p95Ms, openMs, half, batch, grownBytes };
    terminal.result(record, [
      `${model.path}  ${provider}  p50 ${p50Ms.toFixed(1)} ms  p95 ${p95Ms.toFixed(1)} ms  ${
        agrees ? 'same scores' : `scores differ by ${worst.toExponential(1)}, ${flips} verdicts flip`
      }${halfWords(half)}${batchWords(batch)}`,
    ]);
  } catch (thrown) {
    if (!(thrown instanceof KenroError) || provider === 'cpu' || thrown.kind === 'cancelled') throw thrown;
    const error = messageFor(toErrorInfo(thrown));
    terminal.result({ ...about, error }, [`${model.path}  ${provider}  ${error}`]);
  }
}

function batchWords(batch: ProviderMeasurement['batch']): string {
  if (!batch) return '';
  const { pictures, wholeMs } = batch;
  return `; ${pictures} in one run ${(wholeMs / pictures).toFixed(1)} ms each`;
}

function halfWords(half: ProviderMeasurement['half']): string {
  if (!half) return '';
  if (!half.parity) return '; no half precision';
  const { agrees, worst } = half.parity;
  return `; in half precision ${half.p50Ms.toFixed(1)} ms, ${agrees ? 'same scores' : `scores differ by ${worst.toExponential(1)}`}`;
}

/** One verdict after the other, as a line gives them that is not in a hurry. */
async function wholeVerdict(
  engine: EngineClient,
  model: ModelFile,
  images: readonly ImageSource[],
  { terminal, signal, clock }: Context,
): Promise<void> {
  const whole: number[] = [];
  const network: number[] = [];
  await engine.call('load', model, { signal });
  for (let run = 0; run < warmUps + timedVerdicts; run++) {
    const { wholeMs, inferMs } = await timed(engine, model, images[run % images.length]!, clock, signal);
    terminal.progress({ stage: 'bench', done: run + 1, total: warmUps + timedVerdicts });
    if (run < warmUps) continue;
    whole.push(wholeMs);
    network.push(inferMs);
  }
  const [p50Ms, p95Ms, p99Ms] = [nearestRank(whole, 0.5), nearestRank(whole, 0.95), nearestRank(whole, 0.99)];
  const inferP50Ms = nearestRank(network, 0.5);
  const overNetwork = p50Ms / inferP50Ms;
  terminal.result({ model: model.path, verdict: { p50Ms, p95Ms, p99Ms, inferP50Ms, overNetwork } }, [
    `${model.path}  whole verdict  p50 ${p50Ms.toFixed(1)} ms  p95 ${p95Ms.toFixed(1)} ms  ${overNetwork.toFixed(2)} times the network`,
  ]);
}

async function timed(
  engine: EngineClient,
  model: ModelFile,
  image: ImageSource,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ wholeMs: number; inferMs: number }> {
  // Thresholds do not matter to the time.
  const thresholds = { review: 0, ng: 0 };
  const start = clock.monotonicMs();
  const request = { key: 'bench', image, model: { ...model, thresholds }, keep: 'notOk' } as const;
  const { inferMs, error } = await engine.call('judge', request, { signal });
  if (error) throw KenroError.fromInfo(error);
  return { wholeMs: clock.monotonicMs() - start, inferMs };
}
