import { readFile } from 'node:fs/promises';
import { errorCode, writeDurably } from '../../platform/durableFile.ts';

/**
 * The files that were in a folder when its source was added, and that its user did not want judged. Kept in a
 * file, so that after a restart what came meanwhile is told apart from them.
 */
export class Baseline {
  readonly #path: string;
  readonly #keys = new Set<string>();
  #state: 'open' | 'unsaved' | 'saved' = 'open';

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether files that are met now still belong to it: until the first full look at the folder has ended. */
  get open(): boolean {
    return this.#state === 'open';
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  async load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((thrown: unknown) => {
      if (errorCode(thrown) === 'ENOENT') return null;
      throw thrown;
    });
    if (text === null) return;
    for (const key of text.split('\n')) if (key !== '') this.#keys.add(key);
    this.#state = 'saved';
  }

  /** Closes it and writes it down; when the disk is full now, the next call tries again. */
  async save(): Promise<void> {
    if (this.#state === 'saved') return;
    this.#state = 'unsaved';
    try {
      await writeDurably(this.#path, [...this.#keys].join('\n'));
      this.#state = 'saved';
    } catch {
      this.#state = 'unsaved';
    }
  }
}
