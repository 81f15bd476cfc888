import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { estimateSiteProfile } from '../../../native-models/images/site/estimate.ts';
import { conditionName } from '../../../native-models/images/site/profile.ts';
import { seededRandom } from '../../../native-models/random.ts';
import type { Engine } from '../engine.ts';
import { toFailure } from '../failure.ts';
import type { CallContext } from '../serve.ts';

type SiteJob = output<EngineCalls['estimateSite']['request']>;

/** @throws {ModelError} as `estimateSiteProfile` */
export async function estimateSite(
  engine: Engine,
  { images, seed }: SiteJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'estimateSite'>> {
  const startMs = engine.clock.monotonicMs();
  const pictures = images.map((path) => ({
    name: path,
    load: async () => (await readImageFile(path)).picture,
  }));
  const { profile, measures, matches, skipped, ...counts } = await estimateSiteProfile(pictures, {
    random: seededRandom(seed),
    signal,
    onProgress: (stage, done, total) => progress({ stage, done, total }),
  });
  return {
    ...counts,
    weights: Object.fromEntries(
      profile.map(({ disturbance, weight }) => [conditionName(disturbance), weight]),
    ),
    measures: measures.map(({ range, ...measure }) => ({ ...measure, range: [...range] })),
    matches: [...matches],
    skipped: skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
    seconds: (engine.clock.monotonicMs() - startMs) / 1000,
  };
}
