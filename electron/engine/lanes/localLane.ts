import type { Smoothed } from '../../contract/engine.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { isNear } from '../../contract/smoothing.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ModelFile } from '../modelHash.ts';
import type { ModelCard } from '../../../native-models/detectors/card.ts';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import { limitsFor, limitsOf, verdictOf } from '../../../native-models/detectors/verdict.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { openDetectors } from '../loadedModels.ts';
import { modelCache, type ModelCache } from '../modelCache.ts';
import { quantise } from './anomalyMap.ts';
import type { Lane, LookingAgain, ModelToLoad, PartToLookAt, Seen } from './lane.ts';
import { certifyVerdict, lookSettings } from '../noisyLooks.ts';
import { partImage, type PartImage } from '../partImage.ts';
import type { Picture } from '../../../native-models/images/picture.ts';
import { leastSide, pictureFigures } from '../../../native-models/images/site/pictureFigures.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import type { Provider, SessionOptions } from '../../../native-models/runtime/session.ts';
import { SmoothedDetector } from '../../../native-models/smoothing/smoothedDetector.ts';
import type { LanePlan } from './plan.ts';

type Scored = Pick<Seen, 'score' | 'label' | 'map' | 'inferMs' | 'error'> & {
  readonly embedding: number[] | null;
  readonly preprocessMs: number;
};

/** What one lane opens of models, for one number of threads. */
interface Opened {
  readonly detectors: ModelCache<Detector>;
  readonly smoothed: ModelCache<SmoothedDetector>;
}

/** Stand-ins for tests. */
export interface Openers {
  readonly detector: typeof openDetector;
  readonly smoothed: (path: string, options: SessionOptions) => Promise<SmoothedDetector>;
}

const usualOpeners: Openers = {
  detector: openDetector,
  smoothed: async (path, options) => new SmoothedDetector(await loadModelFile(path), options),
};

/**
 * A lane on the thread that calls it: while the network runs, that thread does nothing else. Where a device fails, or
 * gives no number, the processor scores the same part, and all that come after it.
 */
export function localLane(plan: LanePlan, clock: Clock, openers: Partial<Openers> = {}): Lane {
  const open = { ...usualOpeners, ...openers };
  const openedOn = (provider: Provider, threads: number): Opened => ({
    detectors: modelCache(openDetectors, (path) =>
      open.detector(path, {
        provider,
        threads,
        embeds: true,
        ...(provider === 'cpu' ? {} : { precision: plan.precision ?? 'single' }),
      }),
    ),
    smoothed: modelCache(openDetectors, (path) => open.smoothed(path, { provider, threads })),
  });
  const shared = openedOn(plan.provider, plan.threadsShared);
  const alone =
    plan.threadsAlone === plan.threadsShared ? shared : openedOn(plan.provider, plan.threadsAlone);
  const processor = plan.provider === 'cpu' ? alone : openedOn('cpu', plan.threadsAlone);
  let deviceFailed = false;

  /** On the device while that works; what fails there is done over on the processor. */
  const onEither = async <Done extends { readonly error: ErrorInfo | null }>(
    own: Opened,
    work: (opened: Opened) => Promise<Done>,
  ): Promise<Done & Pick<Seen, 'deviceError'>> => {
    const done = await work(deviceFailed ? processor : own);
    if (!done.error || deviceFailed || plan.provider === 'cpu') return done;
    const again = await work(processor);
    // A file or a part at fault is no fault of the device.
    if (again.error) return again;
    deviceFailed = true;
    return { ...again, deviceError: done.error };
  };

  const score = async ({ detectors }: Opened, model: ModelFile, image: PartImage): Promise<Scored> => {
    try {
      const { map, ...judged } = await aboutModel(model.path, () =>
        detectors.use(model, (detector) => detector.judge(image.picture)),
      );
      return { ...judged, map: map && quantise(map), error: null };
    } catch (thrown) {
      return unscored(toFailure(thrown));
    }
  };

  const certify = async (
    { smoothed }: Opened,
    model: ModelFile,
    picture: Picture,
    { settings, judgedBy, seed, untilMs }: LookingAgain,
    first: Verdict,
  ): Promise<Omit<Smoothed, 'smoothMs'>> => {
    const options = { seed, budget: { nowMs: () => clock.monotonicMs(), untilMs } };
    try {
      const certificate = await aboutModel(model.path, () =>
        smoothed.use(model, (detector) =>
          certifyVerdict(detector, picture, lookSettings(settings), judgedBy, first, options),
        ),
      );
      return { certificate, error: null };
    } catch (thrown) {
      return { certificate: null, error: toFailure(thrown) };
    }
  };

  /** Looks again at a part that lies near a threshold. */
  const lookAgain = async (
    own: Opened,
    { model, again }: PartToLookAt,
    picture: Picture,
    { score: found, label }: Scored,
  ): Promise<Pick<Seen, 'smoothing' | 'deviceError'>> => {
    if (!model || !again || found === null) return {};
    const thresholds = limitsFor(limitsOf(again.judgedBy), label);
    const first = verdictOf(found, thresholds);
    if (!isNear(found, first, thresholds, again.settings.margin)) return { smoothing: firstLook };
    const startMs = clock.monotonicMs();
    const { deviceError, ...shown } = await onEither(own, (opened) =>
      certify(opened, model, picture, again, first),
    );
    const smoothing = { ...shown, smoothMs: clock.monotonicMs() - startMs };
    return { smoothing, ...(deviceError ? { deviceError } : {}) };
  };

  const warm = async (opened: Opened, model: ModelToLoad): Promise<ModelCard> => {
    const card = await opened.detectors.use(model, async (detector) => detector.card);
    // What is wrong with it is told with the first part that is looked at again.
    if (model.smoothed)
      await opened.smoothed.use(model, (detector) => detector.prepare()).catch(() => undefined);
    return card;
  };

  return {
    look: async (part, isAlone) => {
      const startMs = clock.monotonicMs();
      const image = await partImage(part.image).catch(toFailure);
      const decodeMs = clock.monotonicMs() - startMs;
      if (!('picture' in image)) return { encoded: null, decodeMs, error: image };
      const { model } = part;
      const own = isAlone ? alone : shared;
      const { preprocessMs, embedding, ...scored } = model
        ? await onEither(own, (opened) => score(opened, model, image))
        : unscored({ kind: 'noModel', params: {} });
      const again = await lookAgain(own, part, image.picture, { ...scored, embedding, preprocessMs });
      const { width, height } = image.picture;
      // A picture too small for figures is no picture of a line.
      const isMeasured = part.measures && Math.min(width, height) >= leastSide;
      return {
        encoded: image.encoded,
        width,
        height,
        ...scored,
        ...again,
        ...(isMeasured ? { figures: pictureFigures(image.picture), embedding } : {}),
        decodeMs: decodeMs + preprocessMs,
      };
    },
    load: (model, isAlone) =>
      aboutModel(model.path, async () => {
        const own = isAlone ? alone : shared;
        if (plan.provider === 'cpu') return warm(own, model);
        // That a device cannot open it is told with the first part.
        return deviceFailed ? warm(processor, model) : warm(own, model).catch(() => warm(processor, model));
      }),
    close: async () => {
      const all = [...new Set([shared, alone, processor])];
      await Promise.all(all.flatMap(({ detectors, smoothed }) => [detectors.close(), smoothed.close()]));
    },
  };
}

/** Far from the thresholds, a part is what the first look says. */
const firstLook: Smoothed = { certificate: null, error: null, smoothMs: 0 };

function unscored(error: Scored['error']): Scored {
  return { score: null, label: null, map: null, embedding: null, preprocessMs: 0, inferMs: 0, error };
}
