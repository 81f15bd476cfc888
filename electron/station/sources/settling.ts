import type { Clock } from '../../platform/clock.ts';
import { sameState, type FileState } from './imageFiles.ts';

/** A file that has not changed since `sinceMs` (monotonic, as observed here: file times may be another computer's). */
export interface SettledFile {
  readonly state: FileState;
  readonly sinceMs: number;
}

export interface SettlingOptions {
  clock: Clock;
  /** A file counts as complete when it looks the same so much later. */
  settleMs: number;
  /** An empty file is waited for so long: copying often begins with one. */
  emptyMs: number;
  look: (path: string) => Promise<FileState | null>;
  /** Files that may be judged now. */
  onSettled: (files: SettledFile[]) => void;
}

interface Watched {
  state: FileState;
  sinceMs: number;
  /** Not before this moment, even when nothing changes. */
  dueMs: number;
}

const looksAtOnce = 64;

/** Waits until files stop changing. */
export class Settling {
  readonly #options: SettlingOptions;
  readonly #files = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #stopped = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#files.size;
  }

  /** A file has been seen; one that is watched already in this very state is not put back. */
  watch(state: FileState): void {
    const before = this.#files.get(state.path);
    if (before && sameState(before.state, state)) return;
    const sinceMs = this.#options.clock.monotonicMs();
    this.#files.set(state.path, { state, sinceMs, dueMs: sinceMs + this.#options.settleMs });
    this.#wake();
  }

  /** Delivers a file once more when it has been the same until `dueMs`, or sooner when it has changed. */
  watchAgain({ state, sinceMs }: SettledFile, dueMs: number): void {
    this.#files.set(state.path, { state, sinceMs, dueMs });
    this.#wake();
  }

  forget(path: string): void {
    this.#files.delete(path);
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#files.clear();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wake(): void {
    if (this.#timer || this.#looking || this.#stopped) return;
    this.#timer = setTimeout(() => void this.#look(), this.#options.settleMs / 2);
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.#looking = true;
    const { clock, settleMs } = this.#options;
    const nowMs = clock.monotonicMs();
    // A file that is given longer is still looked at, since it may change meanwhile.
    const due = [...this.#files.values()].filter(
      (file) => file.dueMs <= nowMs || file.dueMs - nowMs > settleMs,
    );
    for (let start = 0; start < due.length; start += looksAtOnce) {
      const settled = await Promise.all(
        due.slice(start, start + looksAtOnce).map((file) => this.#settle(file)),
      );
      const files = settled.filter((file) => file !== null);
      if (files.length > 0 && !this.#stopped) this.#options.onSettled(files);
    }
    this.#looking = false;
    if (this.#files.size > 0) this.#wake();
  }

  async #settle(file: Watched): Promise<SettledFile | null> {
    const { clock, settleMs, emptyMs, look } = this.#options;
    const { path } = file.state;
    const state = await look(path);
    if (this.#files.get(path) !== file) return null;
    const nowMs = clock.monotonicMs();
    if (!state) {
      this.#files.delete(path);
      return null;
    }
    if (!sameState(state, file.state)) {
      this.#files.set(path, { state, sinceMs: nowMs, dueMs: nowMs + settleMs });
      return null;
    }
    const dueMs = state.bytes === 0 ? Math.max(file.dueMs, file.sinceMs + emptyMs) : file.dueMs;
    if (nowMs < dueMs) return null;
    this.#files.delete(path);
    return { state, sinceMs: file.sinceMs };
  }
}
