import { cpSync, readdirSync, truncateSync, statSync } from 'node:fs';
import type { FileHandle, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

interface FileSystem {
  mkdir: typeof mkdir;
  open(path: string, flags?: string | number): Promise<FileHandle>;
  copyFile(from: string, to: string): Promise<void>;
  writeFile(path: string, content: string | Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

/**
 * `node:fs/promises` under a disk that loses power: remembers which files hold content that was not flushed, and at each
 * step tells of it. A rename moves that memory along.
 */
export class PowerCuts {
  /** Files whose content a power cut would take. */
  readonly unflushed = new Set<string>();
  /** Told before and after each step that changes the disk. */
  onStep: () => void = () => undefined;

  /** In the place of the real functions. */
  readonly fs: FileSystem;

  /** @param real the functions that reach the disk */
  constructor(real: FileSystem) {
    this.fs = {
      ...real,
      open: async (path: string, flags?: string | number): Promise<FileHandle> => {
        this.onStep();
        const file = await real.open(path, flags);
        return this.#watched(path, file);
      },
      copyFile: async (from: string, to: string): Promise<void> => {
        this.onStep();
        await real.copyFile(from, to);
        this.unflushed.add(to);
        this.onStep();
      },
      writeFile: async (path: string, content: string | Uint8Array): Promise<void> => {
        this.onStep();
        await real.writeFile(path, content);
        this.unflushed.add(path);
        this.onStep();
      },
      rename: async (from: string, to: string): Promise<void> => {
        this.onStep();
        await real.rename(from, to);
        for (const path of [...this.unflushed]) {
          if (path !== from && !path.startsWith(`${from}/`)) continue;
          this.unflushed.delete(path);
          this.unflushed.add(to + path.slice(from.length));
        }
        this.onStep();
      },
    };
  }

  /** What a power cut now would leave of a folder: content that was not flushed is gone from half way on. */
  leave(folder: string, to: string): void {
    cpSync(folder, to, { recursive: true });
    for (const path of this.unflushed) {
      if (!path.startsWith(folder)) continue;
      const copy = to + path.slice(folder.length);
      const size = statSync(copy, { throwIfNoEntry: false })?.size;
      if (size !== undefined) truncateSync(copy, Math.floor(size / 2));
    }
  }

  #watched(path: string, file: FileHandle): FileHandle {
    const { unflushed } = this;
    const step = () => this.onStep();
    return new Proxy(file, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          const result: unknown = (value as (...given: unknown[]) => unknown).apply(target, given);
          if (name === 'write' || name === 'writeFile') unflushed.add(path);
          if (name !== 'sync' && name !== 'write' && name !== 'writeFile') return result;
          return (result as Promise<unknown>).then((done) => {
            if (name === 'sync') unflushed.delete(path);
            step();
            return done;
          });
        };
      },
    });
  }
}

/** Files below a folder, relative. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
