import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { isSameArchitecture, layerChange } from '../../../native-models/evaluate/layerChange.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { shuffle } from '../../../native-models/training/split.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import type { CallContext } from '../serve.ts';

type Job = output<EngineCalls['compareLayers']['request']>;

/** Shown to both models. */
const mostImages = 32;

/** @throws {ModelError} as `loadModelFile` and `layerChange` */
export async function compareLayers(
  engine: Engine,
  { base, model, images, seed }: Job,
  { signal, progress }: CallContext,
): Promise<EngineReply<'compareLayers'>> {
  const before = await aboutModel(base, () => loadModelFile(base));
  const after = await aboutModel(model, () => loadModelFile(model));
  if (!isSameArchitecture(before, after)) return { change: null };
  const pictures = await drawn(shuffle(images, seededRandom(seed).fork('layers')));
  const { modules, ...counts } = await aboutModel(model, () =>
    layerChange(before, after, pictures, {
      session: sessionOptions(engine.config),
      signal,
      onProgress: (done, total) => progress({ stage: 'layers', done, total }),
    }),
  );
  return { change: { base, modules: [...modules], ...counts } };
}

/** The first of them that can be read. */
async function drawn(paths: readonly string[]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const path of paths) {
    if (pictures.length === mostImages) break;
    try {
      pictures.push((await readImageFile(path)).picture);
    } catch (thrown) {
      if (!(thrown instanceof ModelError)) throw thrown;
    }
  }
  return pictures;
}
