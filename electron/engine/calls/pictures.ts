import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import { decodeImage, readImageFile } from '../../../native-models/images/decode.ts';
import { encodeJpeg } from '../../../native-models/images/encode.ts';
import type { Engine } from '../engine.ts';

export async function picture(
  engine: Engine,
  { key, maxSide }: EngineRequest<'picture'>,
): Promise<EngineReply<'picture'>> {
  const encoded = engine.ring.get(key);
  if (!encoded) return { jpeg: null };
  return { jpeg: await encodeJpeg(await decodeImage(encoded.bytes), { maxSide }) };
}

export async function convert({ path, maxSide }: EngineRequest<'convert'>): Promise<EngineReply<'convert'>> {
  const file = await readImageFile(path);
  return { jpeg: await encodeJpeg(file.picture, { maxSide }) };
}
