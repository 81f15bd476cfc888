import { availableParallelism } from 'node:os';
import type { output } from 'zod';
import type { EngineCalls } from '../contract/engine.ts';
import type { Clock } from '../platform/clock.ts';
import type { Provider, SessionOptions } from '../../native-models/runtime/session.ts';
import type { SmoothedClassifier } from '../../native-models/smoothing/smoothedClassifier.ts';
import { gate, type Gate } from './gate.ts';
import { lanes, type Lanes } from './lanes/lanes.ts';
import { planLanes } from './lanes/plan.ts';
import { threadLane } from './lanes/threadLane.ts';
import type { ModelCache } from './modelCache.ts';
import { pictureRing } from './pictureRing.ts';
import type { PictureRing } from './pictureRing.ts';

export type EngineConfig = output<EngineCalls['configure']['request']>;

const ringPictures = 400;
const ringBytes = 256 * 1024 * 1024;

/** What the calls of one engine process share. */
export interface Engine {
  readonly clock: Clock;
  config: EngineConfig;
  /** Where parts are looked at. */
  lanes: Lanes;
  /** The newest pictures, for the screen. */
  readonly ring: PictureRing;
  /** Closed while trainings are paused. */
  readonly training: Gate;
  /** Models that look under noise; null until one is needed. */
  smoothed: ModelCache<SmoothedClassifier> | null;
}

export function createEngine(clock: Clock): Engine {
  const config: EngineConfig = { imagesDir: null, threads: 0, provider: 'cpu' };
  return {
    clock,
    config,
    lanes: openLanes(config),
    ring: pictureRing(ringPictures, ringBytes),
    training: gate(),
    smoothed: null,
  };
}

/** Settles how the engine works from now on. Lanes that are warm stay: a spare process is configured twice. */
export async function configure(
  engine: Engine,
  config: EngineConfig,
): Promise<{ provider: Provider; atOnce: number }> {
  const { config: before, lanes: old, smoothed } = engine;
  engine.config = config;
  const decisive = ['threads', 'provider', 'precision'] as const;
  if (decisive.some((name) => config[name] !== before[name])) {
    const fresh = openLanes(config);
    // Parts are judged as before meanwhile. What is wrong with a model is told with the first part.
    for (const model of config.models ?? []) await fresh.load(model).catch(() => undefined);
    engine.lanes = fresh;
    engine.smoothed = null;
    await old.close();
    await smoothed?.close();
  }
  return { provider: providerFor(config.provider), atOnce: engine.lanes.atOnce };
}

/** Where the lanes compute. */
export function lanesProvider({ provider }: EngineConfig): Provider {
  return providerFor(provider);
}

/** For networks outside the lanes. */
export function sessionOptions({ threads, provider }: EngineConfig): SessionOptions {
  return { threads, provider: providerFor(provider) };
}

function openLanes({ threads, provider, precision = 'single' }: EngineConfig): Lanes {
  const plan = { ...planLanes(providerFor(provider), threads, availableParallelism()), precision };
  return lanes(plan.lanes, () => threadLane(plan));
}

/** The processor is everywhere; which of the others is faster is for a measurement to say. */
function providerFor(provider: EngineConfig['provider']): Provider {
  return provider === 'auto' ? 'cpu' : provider;
}
