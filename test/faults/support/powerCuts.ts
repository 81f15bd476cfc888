import { cpSync, existsSync, readdirSync, rmSync, truncateSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

interface FileSystem {
  mkdir(path: string, options?: { recursive?: boolean }): Promise<string | undefined>;
  open(path: string, flags?: string | number): Promise<FileHandle>;
  copyFile(from: string, to: string): Promise<void>;
  writeFile(path: string, content: string | Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

/**
 * `node:fs/promises` under a disk that loses power, as strict as POSIX lets it be: content is safe when its file was
 * flushed, a name when its folder was. At each step that changes the disk it tells of it.
 */
export class PowerCuts {
  /** Files whose content a power cut would take. */
  readonly unflushed = new Set<string>();
  /** Files and folders that a power cut would leave without their name. */
  readonly unnamed = new Set<string>();
  /** Told before and after each step that changes the disk. */
  onStep: () => void = () => undefined;

  /** In the place of the real functions. */
  readonly fs: FileSystem;

  /** @param real the functions that reach the disk */
  constructor(real: FileSystem) {
    this.fs = {
      ...real,
      mkdir: async (path, options) => {
        const first = await real.mkdir(path, options);
        const top = options?.recursive === true ? first : path;
        for (let made = path; top !== undefined; made = dirname(made)) {
          this.unnamed.add(made);
          if (made === top) break;
        }
        return first;
      },
      open: async (path, flags) => {
        this.onStep();
        const isNew = !existsSync(path);
        const file = await real.open(path, flags);
        if (isNew) this.unnamed.add(path);
        return this.#watched(path, file);
      },
      copyFile: (from, to) => this.#written(to, () => real.copyFile(from, to)),
      writeFile: (path, content) => this.#written(path, () => real.writeFile(path, content)),
      rename: async (from, to) => {
        this.onStep();
        await real.rename(from, to);
        for (const set of [this.unflushed, this.unnamed]) move(set, from, to);
        this.unnamed.add(to);
        this.onStep();
      },
    };
  }

  /** What a power cut now would leave of a folder: names that were not flushed are gone, and content from half way on. */
  leave(folder: string, to: string): void {
    cpSync(folder, to, { recursive: true });
    for (const path of this.unflushed) {
      const copy = copied(path, folder, to);
      const size = copy === null ? undefined : statSync(copy, { throwIfNoEntry: false })?.size;
      if (copy !== null && size !== undefined) truncateSync(copy, Math.floor(size / 2));
    }
    for (const path of this.unnamed) {
      const copy = copied(path, folder, to);
      if (copy) rmSync(copy, { recursive: true, force: true });
    }
  }

  async #written(path: string, write: () => Promise<void>): Promise<void> {
    this.onStep();
    if (!existsSync(path)) this.unnamed.add(path);
    await write();
    this.unflushed.add(path);
    this.onStep();
  }

  #watched(path: string, file: FileHandle): FileHandle {
    const { unflushed } = this;
    const step = () => this.onStep();
    const flushed = () => {
      unflushed.delete(path);
      for (const name of this.unnamed) if (dirname(name) === path) this.unnamed.delete(name);
    };
    return new Proxy(file, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          const result: unknown = (value as (...given: unknown[]) => unknown).apply(target, given);
          if (name === 'write' || name === 'writeFile') unflushed.add(path);
          if (name !== 'sync' && name !== 'write' && name !== 'writeFile') return result;
          return (result as Promise<unknown>).then((done) => {
            if (name === 'sync') flushed();
            step();
            return done;
          });
        };
      },
    });
  }
}

function move(paths: Set<string>, from: string, to: string): void {
  for (const path of [...paths]) {
    if (path !== from && !path.startsWith(from + sep)) continue;
    paths.delete(path);
    paths.add(to + path.slice(from.length));
  }
}

function copied(path: string, folder: string, to: string): string | null {
  return path.startsWith(folder + sep) ? to + path.slice(folder.length) : null;
}

/** Files below a folder, relative. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
