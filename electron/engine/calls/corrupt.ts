import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { disturbedPicture } from '../../../native-models/evaluate/disturbances.ts';
import { corrupt } from '../../../native-models/images/corruptions/index.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { encodeJpeg, encodePng } from '../../../native-models/images/encode.ts';
import { disturbanceNamed } from '../../../native-models/images/site/profile.ts';
import { hash32 } from '../../../native-models/random.ts';

/** The same image is disturbed alike wherever its file lies and whatever it is called; another one differs. */
export async function corruptFile({
  path,
  name,
  severity,
  seed,
  out,
}: EngineRequest<'corrupt'>): Promise<EngineReply<'corrupt'>> {
  const { picture, sha256 } = await readImageFile(path);
  const disturbed = await corrupt(picture, name, severity, hash32(`${seed}/${sha256}`));
  await writeDurably(out, await encodePng(disturbed));
  return { width: disturbed.width, height: disturbed.height };
}

/** @throws {ModelError} as `readImageFile` and `disturbanceNamed` */
export async function conditionPicture({
  path,
  condition,
  seed,
  maxSide,
}: EngineRequest<'conditionPicture'>): Promise<EngineReply<'conditionPicture'>> {
  const { picture } = await readImageFile(path);
  const seen = await disturbedPicture(picture, disturbanceNamed(condition), seed);
  return { jpeg: await encodeJpeg(seen, { maxSide }) };
}
