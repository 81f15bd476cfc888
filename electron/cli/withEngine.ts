import { ProviderWish } from '../contract/providers.ts';
import type { EngineClient } from '../engine/client.ts';
import { startEngine } from '../engine/startEngine.ts';
import { nodeLauncher } from '../platform/launcher.ts';
import { places } from '../platform/places.ts';
import { oneOf } from './arguments.ts';
import type { Given } from './command.ts';

/** Choosing the memory of a detector may keep the engine from answering for a while. */
const silenceMs = 600_000;

/**
 * Runs `work` with an engine of its own, set up as the flags say, and ends the engine afterwards.
 * @param role `train` gives way to every other program
 */
export async function withEngine<T>(
  given: Given,
  work: (engine: EngineClient) => Promise<T>,
  role: 'inspect' | 'train' = 'inspect',
): Promise<T> {
  const engine = startEngine({
    launcher: nodeLauncher,
    role,
    modulePath: places.engineModule,
    silenceMs,
    spare: false,
    config: {
      imagesDir: null,
      threads: given.integer('threads', 0, 0, 1024),
      provider: oneOf('provider', given.text('provider') ?? 'cpu', ProviderWish.options),
    },
  });
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}
