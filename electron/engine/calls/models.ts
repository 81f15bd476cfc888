import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import type { output } from 'zod';
import { readCard } from '../../../native-models/detectors/card.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { contractCard } from '../contractCard.ts';
import type { Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { hashModel } from '../modelHash.ts';

type Request<Name extends keyof EngineCalls> = output<EngineCalls[Name]['request']>;

/** Opening a detector runs it once; what is then left to wait for is the part itself. */
export async function load(engine: Engine, request: Request<'load'>): Promise<EngineReply<'load'>> {
  const startMs = engine.clock.monotonicMs();
  const card = await engine.lanes.load(request);
  return { card: contractCard(card), warmUpMs: engine.clock.monotonicMs() - startMs };
}

/** What a file says about itself; `null` for a network that is no detector of Kenro's. */
export async function card(request: Request<'card'>): Promise<EngineReply<'card'>> {
  const sha256 = await hashModel(request.path);
  const found = readCard(await aboutModel(request.path, () => loadModelFile(request.path)));
  return { card: found && contractCard(found), sha256 };
}
