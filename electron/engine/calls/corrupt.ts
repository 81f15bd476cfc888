import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { corrupt } from '../../../native-models/images/corruptions/index.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { encodePng } from '../../../native-models/images/encode.ts';
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
