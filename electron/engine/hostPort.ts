import type { EngineMessage } from '../contract/engine.ts';

/** The engine's line to the process that started it. */
export interface HostPort {
  send(message: EngineMessage): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called when the host is gone. */
  onClose(listener: () => void): void;
}

/** The part of Electron's `process.parentPort` that is used here (no types: this file also runs without Electron). */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/**
 * Finds the line to the host: `process.parentPort` in Electron's utility process, the IPC channel of `fork`
 * under Node.
 *
 * @throws {Error} when the process was started by hand
 */
export function hostPort(host: NodeJS.Process = process): HostPort {
  const { parentPort } = host as NodeJS.Process & { parentPort?: ParentPort };
  if (parentPort) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
      // Electron itself ends utility processes with the application.
      onClose: () => undefined,
    };
  }
  if (!host.send) throw new Error('the engine is started by Kenro, not by hand');
  return {
    // A host that has just gone is reported by 'disconnect'; the failed write needs no second report.
    send: (message) => void (host.connected && host.send?.(message, undefined, undefined, () => undefined)),
    onMessage: (listener) => void host.on('message', listener),
    onClose: (listener) => void host.on('disconnect', listener),
  };
}
