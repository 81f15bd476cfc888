import { join } from 'node:path';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { triggerFile } from '../../contract/probe.ts';
import { Victim } from '../../../native-models/attacks/victim.ts';
import { rowOf } from '../../../native-models/attacks/task.ts';
import { loadOrSkip, type Skipped } from '../../../native-models/detectors/teach.ts';
import { pixelsOf } from '../../../native-models/evaluate/pixelSource.ts';
import { encodePng } from '../../../native-models/images/encode.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { probeBackdoor, type ProbedClass } from '../../../native-models/screening/backdoor/backdoorProbe.ts';
import { probedModel } from '../../../native-models/screening/backdoor/probedModel.ts';
import { stamp } from '../../../native-models/screening/backdoor/triggerSearch.ts';
import { checkCancelled } from '../../../native-models/training/cancel.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import type { CallContext } from '../serve.ts';

type ProbeJob = output<EngineCalls['probe']['request']>;
type Reply = EngineReply<'probe'>;

/** Grey between a part and the same part with the trigger. */
const gap = 4;

/**
 * Looks for a backdoor in a detector and writes a picture of the smallest trigger of each class.
 * @throws {ModelError} as `probeBackdoor`; `gradientUnsupported` for a network that cannot be differentiated
 */
export async function probe(
  { clock, config }: Engine,
  job: ProbeJob,
  { signal, progress }: CallContext,
): Promise<Reply> {
  const startMs = clock.monotonicMs();
  return aboutModel(job.model, async () => {
    const { labels, isOk, attacked } = probedModel(await loadModelFile(job.model));
    const pictures = await read(job.images, signal);
    const channels = pictures.some((picture) => picture.channels === 3) ? 3 : 1;
    const victim = new Victim(attacked(channels), sessionOptions(config));
    try {
      const images = pixelsOf(pictures, victim);
      const found = await probeBackdoor({
        ...{ victim, isOk, images, seed: job.seed, signal },
        budget: { ms: 1000 * job.budgetSeconds, nowMs: () => clock.monotonicMs() },
        onProgress: (done, total) => progress({ stage: 'probe', done, total }),
      });
      for (const [at, trigger] of found.classes.entries()) {
        const image = rowOf(images, trigger.rows[0]!, victim.length);
        const picture = await encodePng(beside(image, trigger, victim.shape));
        await writeDurably(join(job.out, triggerFile(at)), picture);
      }
      const classes = found.classes.map((each) => ({
        ...{ label: labels[each.target]!, isOk: each.isOk, share: each.share },
        ...{ success: each.success, images: each.rows.length },
      }));
      const { ratio, isSuspicious, steps } = found;
      const seconds = (clock.monotonicMs() - startMs) / 1000;
      return { classes, ratio, isSuspicious, steps, images: pictures.length, seconds };
    } finally {
      await victim.close();
    }
  });
}

/** Those that can be read. */
async function read(paths: readonly string[], signal: AbortSignal): Promise<Picture[]> {
  const skipped: Skipped[] = [];
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
