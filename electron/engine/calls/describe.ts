import { NetworkDescription } from '../../contract/domain.ts';
import type { EngineReply, EngineRequest } from '../../contract/engine.ts';
import { aboutModel } from '../failure.ts';
import { describeNetwork } from '../../../native-models/detectors/describe.ts';

/** What an ONNX file is made of. @throws {ModelError} what `describeNetwork` throws */
export async function describe({ path }: EngineRequest<'describe'>): Promise<EngineReply<'describe'>> {
  return NetworkDescription.parse(await aboutModel(path, () => describeNetwork(path)));
}
