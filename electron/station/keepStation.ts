import { channels, type ChannelName, type Handlers } from '../contract/channels.ts';
import { KenroError } from '../contract/errors.ts';
import type { Emit } from '../contract/events.ts';
import type { OpenPage } from './dispatch.ts';
import type { Station } from './station.ts';

/** Why a station begins anew: a backup was chosen, or its database turned out to be damaged. */
export type Restart = (why: 'restore' | 'damage') => void;

/**
 * Damage that comes back sooner is a disk that fails: beginning anew over and over would fill it with what is kept aside.
 */
const restMs = 600_000;

export interface KeepStationOptions {
  /** Opens the data and runs a station on it. @param restart what that station calls to begin anew */
  readonly begin: (restart: Restart) => Promise<Station>;
  /** After the last one has ended. */
  readonly end: () => Promise<void>;
  readonly emit: Emit;
  /** Steady time. */
  readonly monotonicMs: () => number;
  readonly onBug: (thrown: unknown) => void;
}

interface KeptPage {
  readonly tell: Emit;
  page: OpenPage;
}

const unavailable = { status: 503, headers: {}, body: new Uint8Array() };

/**
 * A station that can begin anew in place, e.g. on a restored database: for its shell it stays the same, and its pages stay
 * open. What a page asks meanwhile is refused with `restarting`; whoever was signed in has to sign in again.
 */
export async function keepStation(options: KeepStationOptions): Promise<Station> {
  const { begin, end, emit, monotonicMs, onBug } = options;
  const pages = new Set<KeptPage>();
  let restarting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  let damagedMs = -Infinity;
  let current = await begin(restart);

  function restart(why: 'restore' | 'damage'): void {
    if (restarting || stopping) return;
    if (why === 'damage') {
      if (monotonicMs() - damagedMs < restMs) return;
      damagedMs = monotonicMs();
    }
    restarting = (async () => {
      await current.stop();
      current = await begin(restart);
      for (const kept of pages) kept.page = current.openPage(kept.tell);
      restarting = null;
      emit('station.restarted', {});
    })();
    // It stays refused: whatever is wrong with the data has to be seen to before a part is judged.
    restarting.catch(onBug);
  }

  const answer = (name: ChannelName) => (request: never) => {
    if (restarting) throw new KenroError('restarting');
    return (current.handlers[name] as (request: never) => unknown)(request);
  };
  return {
    handlers: Object.fromEntries(
      (Object.keys(channels) as ChannelName[]).map((name) => [name, answer(name)]),
    ) as unknown as Handlers,
    openPage: (tell) => {
      const kept: KeptPage = { tell, page: current.openPage(tell) };
      pages.add(kept);
      return {
        admit: (needed) => {
          if (restarting) throw new KenroError('restarting');
          return kept.page.admit(needed);
        },
        close: () => {
          pages.delete(kept);
          kept.page.close();
        },
      };
    },
    assets: async (path) => (restarting ? unavailable : current.assets(path)),
    stop: () => {
      stopping ??= (async () => {
        await restarting?.catch(() => undefined);
        await current.stop();
        await end();
      })();
      return stopping;
    },
  };
}
