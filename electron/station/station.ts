import type { Handlers } from '../contract/channels.ts';
import type { EngineState } from '../contract/domain.ts';
import type { Emit } from '../contract/events.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import type { Launcher } from '../platform/launcher.ts';
import type { Log } from '../platform/log.ts';
import type { Uniform } from '../platform/random.ts';

export type EngineRole = 'inspect' | 'train';

/** Starts one engine process; `onState` is told of every change. Tests put a fake in its place. */
export type StartEngine = (role: EngineRole, onState: (state: EngineState) => void) => EngineClient;

export interface StationOptions {
  /** Everything the station keeps lives below it; made when it is not there. */
  dataDir: string;
  version: string;
  shell: 'electron' | 'browser';
  clock: Clock;
  random: Uniform;
  launcher: Launcher;
  /** The engine's entry module, started once for inspection and, on demand, once for teaching. */
  engineModule: string;
  /** Folder of the shipped models with their `manifest.json`. */
  starterDir: string;
  log: Log;
  /** Tells every open page. */
  emit: Emit;
  startEngine?: StartEngine;
}

/** What a shell sends for a path beside the page; the same in both shells. */
export interface AssetResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** A running station: all the shells need to know of it. */
export interface Station {
  readonly handlers: Handlers;
  /**
   * Answers GET of `assetPaths` of the contract.
   * @param path with its query, e.g. `/picture/17?side=800`. Returns `null` for any path that is not the
   *   station's (the shell then looks among the page's own files).
   */
  assets(path: string): Promise<AssetResponse | null>;
  /** Puts what is finished on record, ends the engines and closes the store. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Opens the data folder, starts the inspection engine and every source that is not paused.
 * @throws {KenroError} `databaseNewer`, `diskFull`, `diskReadOnly`, `conflict` (another station uses the folder).
 */
export declare function startStation(options: StationOptions): Promise<Station>;
