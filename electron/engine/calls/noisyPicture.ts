import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { decodeImage, readImageFile } from '../../../native-models/images/decode.ts';
import { encodeJpeg } from '../../../native-models/images/encode.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { fewestLooks } from '../../../native-models/smoothing/certify.ts';
import { noisyPicture } from '../../../native-models/smoothing/noisyPicture.ts';
import type { Engine } from '../engine.ts';
import { lookSettings, seedOfPart } from '../noisyLooks.ts';

type Request = output<EngineCalls['noisyPicture']['request']>;

/** @throws {ModelError} where the picture cannot be read */
export async function showNoise(engine: Engine, request: Request): Promise<EngineReply<'noisyPicture'>> {
  const { key, preprocess, smoothing } = request;
  const picture = await pictureOf(engine, request);
  const shown = picture && noisyPicture(picture, preprocess, smoothing.sigma, seedOfPart(key));
  return {
    pictures: shown && { plain: await encodeJpeg(shown.plain), noisy: await encodeJpeg(shown.noisy) },
    fewestLooks: fewestLooks(lookSettings(smoothing)),
  };
}

async function pictureOf({ ring }: Engine, { key, path }: Request): Promise<Picture | null> {
  const encoded = ring.get(key);
  if (encoded) return decodeImage(encoded.bytes);
  return path === null ? null : (await readImageFile(path)).picture;
}
