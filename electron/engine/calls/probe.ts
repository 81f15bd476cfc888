import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { triggerFile } from '../../contract/probe.ts';
import { Victim } from '../../../native-models/attacks/victim.ts';
import { rowOf } from '../../../native-models/attacks/task.ts';
import { loadOrSkip, type Skipped } from '../../../native-models/detectors/teach.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { pixelsOf } from '../../../native-models/evaluate/pixelSource.ts';
import { encodePng } from '../../../native-models/images/encode.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { probeBackdoor, type ProbedClass } from '../../../native-models/screening/backdoor/backdoorProbe.ts';
import { probedModel, type ProbedModel } from '../../../native-models/screening/backdoor/probedModel.ts';
import { stamp } from '../../../native-models/screening/backdoor/triggerSearch.ts';
import { checkCancelled } from '../../../native-models/training/cancel.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import type { CallContext } from '../serve.ts';

type ProbeJob = output<EngineCalls['probe']['request']>;
type Reply = EngineReply<'probe'>;

/** Grey between a part and the same part with the trigger. */
const gap = 4;

/**
 * Looks for a backdoor in a model, and writes a picture of the smallest trigger of each class where that is wanted.
 * @throws {ModelError} as `probedModel` and `probeBackdoor`; `gradientUnsupported` for a network that cannot be
 *   differentiated. Neither of them where the layout alone makes it suspicious.
 */
export async function probe(engine: Engine, job: ProbeJob, context: CallContext): Promise<Reply> {
  const { clock } = engine;
  const startMs = clock.monotonicMs();
  return aboutModel(job.model, async () => {
    const model = probedModel(await loadModelFile(job.model));
    // A classifier's network is its maker's own.
    const backbones = model.kind === 'anomaly' ? job.backbones : [];
    const known = backbones.map(async ({ path, name }) => ({ name, model: await loadModelFile(path) }));
    const layout = model.layout(await Promise.all(known));
    const skipped: Skipped[] = [];
    const pictures = await read(job.images, skipped, context.signal);
    const isForeign = layout !== null && (layout.foreign !== null || layout.backbone === 'disguised');
    const found = await search(engine, model, job, pictures, context).catch((thrown: unknown) => {
      const isExpected = thrown instanceof ModelError && thrown.kind !== 'cancelled';
      if (!isForeign || !isExpected) throw thrown;
      return nothing;
    });
    return {
      ...found,
      ...{ layout, isSuspicious: found.isSuspicious || isForeign, images: pictures.length },
      skipped: skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
      seconds: (clock.monotonicMs() - startMs) / 1000,
    };
  });
}

type Found = Pick<Reply, 'classes' | 'ratio' | 'limit' | 'overrules' | 'isSuspicious' | 'steps'>;

/** Of a search that could not be made. */
const nothing: Found = {
  ...{ classes: [], ratio: null, limit: null, overrules: null, isSuspicious: false, steps: 0 },
};

async function search(
  { clock, config }: Engine,
  { kind, labels, isOk, attacked }: ProbedModel,
  job: ProbeJob,
  pictures: readonly Picture[],
  { signal, progress }: CallContext,
): Promise<Found> {
  const channels = pictures.some((picture) => picture.channels === 3) ? 3 : 1;
  const victim = new Victim(attacked(channels), sessionOptions(config));
  try {
    const images = pixelsOf(pictures, victim);
    const found = await probeBackdoor({
      ...{ victim, kind, isOk, images, seed: job.seed, signal },
      budget: { ms: 1000 * job.budgetSeconds, nowMs: () => clock.monotonicMs() },
      onProgress: (done, total) => progress({ stage: 'probe', done, total }),
    });
    if (job.out !== null) await drawTriggers(job.out, found.classes, images, victim);
    const classes = found.classes.map((each) => ({
      ...{ label: labels[each.target]!, isOk: each.isOk, share: each.share },
      ...{ success: each.success, images: each.rows.length },
    }));
    const { ratio, limit, overrules, isSuspicious, steps } = found;
    return { classes, ratio, limit, overrules, isSuspicious, steps };
  } finally {
    await victim.close();
  }
}

async function drawTriggers(
  folder: string,
  classes: readonly ProbedClass[],
  images: Float32Array,
  { length, shape }: Victim,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [at, trigger] of classes.entries()) {
    const image = rowOf(images, trigger.rows[0]!, length);
    await writeDurably(join(folder, triggerFile(at)), await encodePng(beside(image, trigger, shape)));
  }
}

/** Those that can be read. */
async function read(paths: readonly string[], skipped: Skipped[], signal: AbortSignal): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const image of fileImages(paths.map((path) => ({ path })))) {
    checkCancelled(signal);
    const picture = await loadOrSkip(image, skipped);
    if (picture) pictures.push(picture);
  }
  return pictures;
}

/** A part as it is, and with the trigger. @param image [C, H, W] in [0, 1] */
function beside(
  image: Float32Array,
  { mask, pattern }: ProbedClass,
  [channels, height, width]: readonly [number, number, number],
): Picture {
  const both = [image, stamp(image, mask, pattern)];
  const across = 2 * width + gap;
  const data = new Uint8Array(across * height * channels).fill(128);
  both.forEach((values, side) => {
    values.forEach((value, at) => {
      const [plane, y, x] = [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
      data[(y * across + side * (width + gap) + x) * channels + plane] = Math.round(255 * value);
    });
  });
  return { width: across, height, channels: channels as 1 | 3, depth: 8, data };
}
