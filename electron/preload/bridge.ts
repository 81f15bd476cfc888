import type { IpcRenderer } from 'electron';
import type { Bridge } from '../contract/bridge.ts';
import type { ChannelName } from '../contract/channels.ts';
import type { EventName } from '../contract/events.ts';

/** What the contract names, put in by the build: the schemas themselves stay out of the window. */
export interface ContractNames {
  readonly channels: readonly ChannelName[];
  readonly events: readonly EventName[];
}

/**
 * The page's view of the station over Electron's message lines. Only what the contract names gets through,
 * and Electron's own event objects never reach the page.
 */
export function createBridge(ipc: Pick<IpcRenderer, 'invoke' | 'on'>, names: ContractNames): Bridge {
  const channels = new Set<string>(names.channels);
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  for (const name of names.events) listeners.set(name, new Set());

  ipc.on('kenro:event', (_event, name: string, payload) => {
    for (const listener of listeners.get(name) ?? []) listener(payload);
  });

  return {
    call: async (name, request) => {
      if (!channels.has(name)) return { ok: false, error: { kind: 'badRequest', params: { field: 'name' } } };
      return ipc.invoke('kenro:call', name, request);
    },
    on: (name, listener) => {
      const own = listeners.get(name);
      own?.add(listener as (payload: unknown) => void);
      return () => void own?.delete(listener as (payload: unknown) => void);
    },
    // The main process lives exactly as long as its window can ask it.
    onConnection: (listener) => {
      listener(true);
      return () => undefined;
    },
  };
}
