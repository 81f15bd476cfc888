import type { EngineCalls } from '../contract/engine.ts';
import type { output } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Provider, SessionOptions } from '../../native-models/runtime/session.ts';
import { detectorCache } from './detectorCache.ts';
import type { DetectorCache } from './detectorCache.ts';
import { gate } from './gate.ts';
import type { Gate } from './gate.ts';
import { limiter } from './limiter.ts';
import type { Limiter } from './limiter.ts';
import { openDetectors } from './loadedModels.ts';
import { pictureRing } from './pictureRing.ts';
import type { PictureRing } from './pictureRing.ts';

export type EngineConfig = output<EngineCalls['configure']['request']>;

const ringPictures = 400;
const ringBytes = 256 * 1024 * 1024;
/** Images decoded at the same time: one ahead of the network, and one that is slow to arrive. */
const decodedAtOnce = 2;

/** What the calls of one engine process share. */
export interface Engine {
  readonly clock: Clock;
  config: EngineConfig;
  readonly detectors: DetectorCache;
  /** The newest pictures, for the screen. */
  readonly ring: PictureRing;
  readonly decoding: Limiter;
  /** Closed while trainings are paused. */
  readonly training: Gate;
  sessionOptions(): SessionOptions & { readonly provider: Provider };
}

export function createEngine(clock: Clock): Engine {
  const engine: Engine = {
    clock,
    config: { imagesDir: null, threads: 0, provider: 'cpu' },
    detectors: detectorCache(openDetectors, () => engine.sessionOptions()),
    ring: pictureRing(ringPictures, ringBytes),
    decoding: limiter(decodedAtOnce),
    training: gate(),
    sessionOptions: () => ({ threads: engine.config.threads, provider: providerFor(engine.config) }),
  };
  return engine;
}

/** The processor is everywhere; which of the others is faster is for a measurement to say. */
function providerFor({ provider }: EngineConfig): Provider {
  return provider === 'auto' ? 'cpu' : provider;
}
