import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { KenroError, type ErrorInfo, toErrorInfo } from '../../contract/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import {
  unavailable,
  fileState,
  imageFiles,
  isIgnoredFolder,
  isWatchedPath,
  slashed,
  type FileState,
} from './imageFiles.ts';

export interface FolderTreeOptions {
  root: string;
  subfolders: boolean;
  clock: Clock;
  /** How often to look whether the folder is there and still the same one. */
  checkMs: number;
  /** At least so long between two full looks at the folder. */
  rescanMs: number;
  /** Images that are there; most of them were told before. */
  onFiles: (files: FileState[]) => void;
  onGone: (path: string) => void;
  /** A full look has ended; exactly these paths are there. */
  onScanned: (paths: ReadonlySet<string>) => void;
  /** The folder cannot be read (`null`: it can again). Told of each change. */
  onError: (error: ErrorInfo | null) => void;
  onBug: (thrown: unknown) => void;
}

/** A full look takes at most one part in so many of the time, however large the folder. */
const restPerScan = 20;

/**
 * Tells which images are in a folder, for as long as it is watched: the system's notices make it quick, and a
 * full look from time to time makes it sure, since notices get lost in bursts and never come from a network
 * share. Survives the folder being removed, forbidden and made again.
 */
export class FolderTree {
  readonly #options: FolderTreeOptions;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #identity = '';
  #error: ErrorInfo | null = null;
  #nextScanMs = -Infinity;
  #scanSoon = true;
  #working: Promise<void> = Promise.resolve();

  constructor(options: FolderTreeOptions) {
    this.#options = options;
  }

  /** Resolves after the first full look (or the first failure). */
  start(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#working = this.#check();
    return this.#working;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#working;
    await this.#unwatch();
  }

  /** One look whether the folder is there, and a full one when it is time for it. */
  async #check(): Promise<void> {
    const { root, clock } = this.#options;
    try {
      const found = await stat(root, { bigint: true }).catch((thrown: unknown) => {
        throw unavailable(thrown, root);
      });
      const identity = `${found.dev}:${found.ino}`;
      if (identity !== this.#identity || !this.#watcher) {
        await this.#unwatch();
        this.#watch();
        this.#identity = identity;
        this.#scanSoon = true;
      }
      if (this.#scanSoon || clock.monotonicMs() >= this.#nextScanMs) await this.#scan();
      this.#tell(null);
    } catch (thrown) {
      if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
      await this.#unwatch();
      this.#tell(toErrorInfo(thrown));
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void (this.#working = this.#check()), this.#options.checkMs);
  }

  async #scan(): Promise<void> {
    const { root, subfolders, clock, rescanMs, onFiles, onScanned } = this.#options;
    this.#scanSoon = false;
    const startMs = clock.monotonicMs();
    const paths = new Set<string>();
    for await (const files of imageFiles(root, subfolders)) {
      if (this.#stopped) return;
      for (const file of files) paths.add(file.path);
      onFiles(files);
    }
    onScanned(paths);
    const endMs = clock.monotonicMs();
    this.#nextScanMs = endMs + Math.max(rescanMs, restPerScan * (endMs - startMs));
  }

  #watch(): void {
    const { root, subfolders, onGone } = this.#options;
    const watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      ...(subfolders ? {} : { depth: 0 }),
      ignored: (path) => slashed(relative(root, path)).split('/').slice(0, -1).some(isIgnoredFolder),
    });
    this.#watcher = watcher;
    const relate = (path: string) => slashed(relative(root, path));
    const look = (path: string) => void this.#look(watcher, relate(path));
    watcher.on('add', look).on('change', look);
    watcher.on('unlink', (path) => onGone(relate(path)));
    // What came while the watch was being set up was not told.
    watcher.on('ready', () => (this.#scanSoon = true));
    // Too many folders for the system's notices, or the folder went away: the full looks go on.
    watcher.on('error', () => undefined);
  }

  async #look(watcher: FSWatcher, path: string): Promise<void> {
    if (!isWatchedPath(path)) return;
    const file = await fileState(this.#options.root, path);
    if (file && watcher === this.#watcher) this.#options.onFiles([file]);
  }

  async #unwatch(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = null;
    await watcher?.close().catch(this.#options.onBug);
  }

  #tell(error: ErrorInfo | null): void {
    if (error?.kind === this.#error?.kind) return;
    this.#error = error;
    this.#options.onError(error);
  }
}
