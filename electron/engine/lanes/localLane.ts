import type { Clock } from '../../platform/clock.ts';
import type { ModelFile } from '../modelHash.ts';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { openDetectors } from '../loadedModels.ts';
import { modelCache, type ModelCache } from '../modelCache.ts';
import { quantise } from './anomalyMap.ts';
import type { Lane, Seen } from './lane.ts';
import { partImage, type PartImage } from '../partImage.ts';
import type { Provider } from '../../../native-models/runtime/session.ts';
import type { LanePlan } from './plan.ts';

type Scored = Pick<Seen, 'score' | 'label' | 'map' | 'inferMs' | 'error' | 'deviceError'> & {
  readonly preprocessMs: number;
};

/**
 * A lane on the thread that calls it: while the network runs, that thread does nothing else. Where a device fails, or
 * gives no number, the processor scores the same part, and all that come after it.
 */
export function localLane(plan: LanePlan, clock: Clock, open: typeof openDetector = openDetector): Lane {
  const detectorsFor = (provider: Provider, threads: number): ModelCache<Detector> =>
    modelCache(openDetectors, (path) =>
      open(path, {
        provider,
        threads,
        ...(provider === 'cpu' ? {} : { precision: plan.precision ?? 'single' }),
      }),
    );
  const shared = detectorsFor(plan.provider, plan.threadsShared);
  const alone =
    plan.threadsAlone === plan.threadsShared ? shared : detectorsFor(plan.provider, plan.threadsAlone);
  const processor = plan.provider === 'cpu' ? alone : detectorsFor('cpu', plan.threadsAlone);
  let deviceFailed = false;

  const scoreOn = async (
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

  const score = async (
    detectors: ModelCache<Detector>,
    model: ModelFile | null,
    image: PartImage,
  ): Promise<Scored> => {
    const scored = await scoreOn(deviceFailed ? processor : detectors, model, image);
    if (!model || !scored.error || deviceFailed || plan.provider === 'cpu') return scored;
    const again = await scoreOn(processor, model, image);
    // A file or a part at fault is no fault of the device.
    if (again.error) return again;
    deviceFailed = true;
    return { ...again, deviceError: scored.error };
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
      aboutModel(model.path, async () => {
        const cardOf = (detectors: ModelCache<Detector>) =>
          detectors.use(model, async (detector) => detector.card);
        const own = isAlone ? alone : shared;
        if (plan.provider === 'cpu') return cardOf(own);
        // That a device cannot open it is told with the first part.
        return deviceFailed ? cardOf(processor) : cardOf(own).catch(() => cardOf(processor));
      }),
    close: async () => {
      await Promise.all([...new Set([shared, alone, processor])].map((detectors) => detectors.close()));
    },
  };
}

function unscored(error: Scored['error']): Scored {
  return { score: null, label: null, map: null, preprocessMs: 0, inferMs: 0, error };
}
