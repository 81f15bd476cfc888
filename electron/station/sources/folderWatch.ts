import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { FolderConfig, SourceConfig } from '../../contract/domain.ts';
import type { JudgeReply } from '../../contract/engine.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { namedPartKey, type PartKey } from '../../store/partKey.ts';
import type { Part } from '../part.ts';
import { Baseline } from './baseline.ts';
import { FolderTree } from './folderTree.ts';
import { contentHash, fileState, sameState, type FileState } from './imageFiles.ts';
import { Settling, type SettledFile } from './settling.ts';
import type { LiveSource, SourceEvents } from './source.ts';

export interface FolderWatchOptions {
  id: number;
  config: FolderConfig;
  /** Where to note the files that were there at the beginning and are not to be judged. */
  baselineFile: string;
  clock: Clock;
  /** Which of these parts are on record, in their order. */
  onRecord: (keys: PartKey[]) => boolean[];
  events: SourceEvents;
  pace?: Partial<FolderPace>;
}

/** Milliseconds. */
export interface FolderPace {
  settleMs: number;
  /** A file that cannot be decoded is tried again until it has not changed for so long. */
  giveUpMs: number;
  checkMs: number;
  rescanMs: number;
}
const usualPace: FolderPace = { settleMs: 200, giveUpMs: 3_000, checkMs: 1_000, rescanMs: 5_000 };

interface ReadyFile extends SettledFile {
  readonly key: PartKey;
  readonly readyMs: number;
}

/**
 * Judges the images of a folder in the order in which they came. A file is a part by its path, size and time of
 * change: written over, it is a new part; seen again after a restart, it is the same one.
 */
export class FolderWatch implements LiveSource {
  readonly id: number;
  readonly #options: FolderWatchOptions;
  readonly #config: FolderConfig;
  readonly #pace: FolderPace;
  readonly #settling: Settling;
  readonly #tree: FolderTree;
  readonly #baseline: Baseline | null;
  /** Files dealt with or on their way, by path: in which state. */
  readonly #seen = new Map<string, FileState>();
  /** Newest first, so that the oldest is popped. */
  readonly #ready: ReadyFile[] = [];
  readonly #taken = new Map<string, ReadyFile>();
  /** Keys of what is ready or taken. */
  readonly #onTheWay = new Set<string>();
  #error: ErrorInfo | null = null;

  constructor(options: FolderWatchOptions) {
    const { config, clock, events } = options;
    this.id = options.id;
    this.#options = options;
    this.#config = config;
    this.#pace = { ...usualPace, ...options.pace };
    this.#baseline = config.existing ? null : new Baseline(options.baselineFile);
    this.#settling = new Settling({
      clock,
      settleMs: this.#pace.settleMs,
      emptyMs: this.#pace.giveUpMs,
      look: (path) => fileState(config.path, path),
      onSettled: (files) => this.#deliver(files),
    });
    this.#tree = new FolderTree({
      root: config.path,
      subfolders: config.subfolders,
      clock,
      checkMs: this.#pace.checkMs,
      rescanMs: this.#pace.rescanMs,
      onFiles: (files) => this.#noticed(files),
      onGone: (path) => this.#gone(path),
      onScanned: (paths) => this.#scanned(paths),
      onError: (error) => {
        this.#error = error;
        events.changed();
      },
      onBug: (thrown) => events.failed(thrown),
    });
  }

  get waiting(): number {
    return this.#ready.length + this.#settling.size;
  }

  get condition(): LiveSource['condition'] {
    if (this.#error) return { status: 'error', error: this.#error };
    return { status: this.waiting + this.#taken.size > 0 ? 'running' : 'waiting' };
  }

  /** Resolves after the first look at the folder: files that come later are new. */
  async start(): Promise<void> {
    await this.#baseline?.load();
    await this.#tree.start();
  }

  async stop(): Promise<void> {
    await this.#tree.stop();
    this.#settling.stop();
    this.#ready.length = 0;
  }

  reconfigure(config: SourceConfig): boolean {
    return isDeepStrictEqual(config, this.#config);
  }

  take(): Part | null {
    const file = this.#ready.pop();
    if (!file) return null;
    const { key, readyMs, state } = file;
    this.#taken.set(key, file);
    const image = { from: 'file', path: join(this.#config.path, state.path) } as const;
    return { key, sourceId: this.id, origin: state.path, serial: '', image, readyMs };
  }

  async accepts(part: Part, reply: JudgeReply): Promise<boolean> {
    const file = this.#taken.get(part.key);
    if (!file) return true;
    const now = await fileState(this.#config.path, file.state.path);
    if (now && !sameState(now, file.state)) {
      // Another part by now. What was judged is a part of its own when it was whole and is not what is there now.
      const judgedWhole = reply.imageHash !== null && reply.imageHash !== (await this.#hashOf(now));
      if (!judgedWhole) this.#release(part);
      this.#seen.delete(now.path);
      this.#noticed([now]);
      return judgedWhole;
    }
    const settledAtMs = file.sinceMs + this.#pace.giveUpMs;
    if (now && mayBeUnfinished(reply) && this.#options.clock.monotonicMs() < settledAtMs) {
      this.#release(part);
      this.#settling.watchAgain(file, settledAtMs);
      return false;
    }
    return true;
  }

  #hashOf(file: FileState): Promise<string | null> {
    return contentHash(this.#config.path, file.path);
  }

  recorded(part: Part): void {
    this.#release(part);
    this.#options.events.changed();
  }

  #release(part: Part): void {
    this.#taken.delete(part.key);
    this.#onTheWay.delete(part.key);
  }

  #noticed(files: readonly FileState[]): void {
    for (const file of files) {
      const before = this.#seen.get(file.path);
      if (before && sameState(before, file)) continue;
      if (this.#baseline?.open) {
        this.#baseline.add(this.#keyOf(file));
        this.#seen.set(file.path, file);
      } else {
        this.#settling.watch(file);
      }
    }
    this.#options.events.changed();
  }

  #gone(path: string): void {
    this.#seen.delete(path);
    this.#settling.forget(path);
  }

  #scanned(paths: ReadonlySet<string>): void {
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path);
    void this.#baseline?.save();
  }

  #deliver(files: readonly SettledFile[]): void {
    const readyMs = this.#options.clock.monotonicMs();
    const fresh = files
      .map((file) => ({ ...file, key: this.#keyOf(file.state), readyMs }))
      .filter(({ key }) => !this.#onTheWay.has(key) && !this.#baseline?.has(key));
    const onRecord = this.#ask(fresh);
    if (!onRecord) {
      // The store does not answer now: later.
      for (const file of files) this.#settling.watchAgain(file, readyMs + this.#pace.giveUpMs);
      return;
    }
    for (const { state } of files) this.#seen.set(state.path, state);
    const ready = fresh.filter((_, index) => !onRecord[index]);
    if (ready.length === 0) return;
    for (const { key } of ready) this.#onTheWay.add(key);
    this.#ready.push(...ready);
    this.#ready.sort((a, b) => -byArrival(a.state, b.state));
    this.#options.events.available();
  }

  #ask(files: readonly ReadyFile[]): boolean[] | null {
    try {
      return this.#options.onRecord(files.map(({ key }) => key));
    } catch (thrown) {
      this.#options.events.failed(thrown);
      return null;
    }
  }

  #keyOf({ path, bytes, modifiedNs }: FileState): PartKey {
    return namedPartKey(this.id, path, bytes, String(modifiedNs));
  }
}

/** Files that came within one tick of the system's clock are told apart by name. */
function byArrival(a: FileState, b: FileState): number {
  if (a.changedNs !== b.changedNs) return a.changedNs < b.changedNs ? -1 : 1;
  return byName.compare(a.path, b.path);
}
const byName = new Intl.Collator('en', { numeric: true });

/** An image that cannot be decoded may be one that is still being copied, or that its writer has locked. */
function mayBeUnfinished({ error }: JudgeReply): boolean {
  return error !== null && ['imageIncomplete', 'imageUnreadable', 'imageVanished'].includes(error.kind);
}
