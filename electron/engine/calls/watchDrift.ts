import type { DriftJob } from '../../contract/drift.ts';
import type { EngineReply } from '../../contract/engine.ts';
import { watchParts } from '../../../native-models/statistics/drift/watch.ts';
import { unpackParts } from '../driftRows.ts';

/** The next parts of a line against its reference. */
export function watchDrift({ plan, memory, embedding, ...rows }: DriftJob): EngineReply<'watchDrift'> {
  const [reference, recent] = [unpackParts(rows.reference, embedding), unpackParts(rows.recent, embedding)];
  const found = watchParts(plan, { memory, reference, recent }, unpackParts(rows.parts, embedding));
  return {
    memory: found.memory as EngineReply<'watchDrift'>['memory'],
    findings: found.findings as EngineReply<'watchDrift'>['findings'],
  };
}
