import type { Clock } from '../../platform/clock.ts';
import type { ModelFile } from '../modelHash.ts';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { openDetectors } from '../loadedModels.ts';
import { modelCache, type ModelCache } from '../modelCache.ts';
import { quantise } from './anomalyMap.ts';
import type { Lane, Seen } from './lane.ts';
import { partImage, type PartImage } from '../partImage.ts';
import type { LanePlan } from './plan.ts';

type Scored = Pick<Seen, 'score' | 'map' | 'inferMs' | 'error'> & { readonly preprocessMs: number };

/** A lane on the thread that calls it: while the network runs, that thread does nothing else. */
export function localLane(plan: LanePlan, clock: Clock, open: typeof openDetector = openDetector): Lane {
  const detectorsFor = (threads: number): ModelCache<Detector> =>
    modelCache(openDetectors, (path) => open(path, { provider: plan.provider, threads }));
  const shared = detectorsFor(plan.threadsShared);
  const alone = plan.threadsAlone === plan.threadsShared ? shared : detectorsFor(plan.threadsAlone);

  const score = async (
    detectors: ModelCache<Detector>,
    model: ModelFile | null,
    image: PartImage,
  ): Promise<Scored> => {
    if (!model) return unscored({ kind: 'noModel', params: {} });
    try {
      const { map, ...judged } = await aboutModel(model.path, () =>
        detectors.use(model, (detector) => detector.judge(image.picture)),
      );
      return { ...judged, map: map && quantise(map), error: null };
    } catch (thrown) {
      return unscored(toFailure(thrown));
    }
  };

  return {
    look: async (part, isAlone) => {
      const startMs = clock.monotonicMs();
      const image = await partImage(part.image).catch(toFailure);
      const decodeMs = clock.monotonicMs() - startMs;
      if (!('picture' in image)) return { encoded: null, decodeMs, error: image };
      const { preprocessMs, ...scored } = await score(isAlone ? alone : shared, part.model, image);
      const { width, height } = image.picture;
      return { encoded: image.encoded, width, height, ...scored, decodeMs: decodeMs + preprocessMs };
    },
    load: (model, isAlone) =>
      aboutModel(model.path, () => (isAlone ? alone : shared).use(model, async (detector) => detector.card)),
    close: async () => {
      await Promise.all([...new Set([shared, alone])].map((detectors) => detectors.close()));
    },
  };
}

function unscored(error: Scored['error']): Scored {
  return { score: null, map: null, preprocessMs: 0, inferMs: 0, error };
}
