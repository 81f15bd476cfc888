import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { asDiskError, writeDurably } from '../../platform/durableFile.ts';
import { attackImages } from '../../../native-models/evaluate/attackImages.ts';
import { encodePng } from '../../../native-models/images/encode.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import type { CallContext } from '../serve.ts';

type AttackJob = output<EngineCalls['attack']['request']>;

/** Runs one attack on labelled images, and keeps the attacked ones where that is wanted. @throws as `attackImages` */
export async function attack(
  engine: Engine,
  job: AttackJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'attack'>> {
  const startMs = engine.clock.monotonicMs();
  const { norm, epsilon, batch, seed, saveDir } = job;
  const saved = job.images.map(({ path }, at) => {
    if (saveDir === null) return null;
    // Numbered: two folders may hold images of one name.
    return join(saveDir, `${String(at + 1).padStart(5, '0')}-${basename(path, extname(path))}.png`);
  });
  if (saveDir !== null) {
    await mkdir(saveDir, { recursive: true }).catch((thrown: unknown) => {
      throw asDiskError(thrown, saveDir);
    });
  }
  const result = await aboutModel(job.model, async () =>
    attackImages(await loadModelFile(job.model), {
      ...{ attack: job.attack, criterion: job.criterion, norm, epsilon, batch, seed, signal },
      ...(job.steps === null ? {} : { steps: job.steps }),
      images: fileImages(job.images),
      session: sessionOptions(engine.config),
      onProgress: (stage, done, total) => progress({ stage, done, total }),
      onImage: async (at, pixels, shape) => {
        const path = saved[at] ?? null;
        if (path !== null) await writeDurably(path, await encodePng(asPicture(pixels, shape)));
      },
    }),
  );
  return {
    images: result.images.map(({ name, margin, ...rest }, at) => {
      return { ...rest, path: name, loss: margin, saved: saved[at] ?? null };
    }),
    cleanAccuracy: result.cleanAccuracy,
    robustAccuracy: result.robustAccuracy,
    flops: result.flops,
    seconds: (engine.clock.monotonicMs() - startMs) / 1000,
  };
}

/** 16 bit, so that a change of a fraction of a grey level is not rounded away. */
function asPicture(
  pixels: Float32Array,
  [channels, height, width]: readonly [number, number, number],
): Picture {
  const size = height * width;
  const data = new Uint16Array(pixels.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size; i++) data[i * channels + c] = Math.round(pixels[c * size + i]! * 65_535);
  }
  return { width, height, channels: channels as 1 | 3, depth: 16, data };
}
