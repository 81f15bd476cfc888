import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { SmoothedDetector } from '../../../native-models/smoothing/smoothedDetector.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { checkHash } from '../modelHash.ts';
import { certifyVerdict } from '../noisyLooks.ts';
import type { CallContext } from '../serve.ts';

type Request = output<EngineCalls['repeatLooks']['request']>;

/** @throws {ModelError} as `SmoothedDetector`, and where the image cannot be read @throws {KenroError} `modelHashMismatch` */
export async function repeatLooks(
  engine: Engine,
  { model, image, first, certificate }: Request,
  { signal }: CallContext,
): Promise<EngineReply<'repeatLooks'>> {
  const { sigma, alpha, rule, wantedRadius: radius, most, judgedBy, seed, ended, n0, n } = certificate;
  const { picture } = await readImageFile(image);
  await checkHash(model);
  return aboutModel(model.path, async () => {
    const detector = new SmoothedDetector(await loadModelFile(model.path), sessionOptions(engine.config));
    try {
      // Where the time was up, the looks there was time for.
      const atMost = ended === 'time' ? n0 + n : Infinity;
      const settings = { sigma, alpha, rule, radius, ...most };
      return await certifyVerdict(detector, picture, settings, judgedBy, first, { seed, atMost, signal });
    } finally {
      await detector.close();
    }
  });
}
