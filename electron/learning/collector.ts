import type { Inspection } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';

/** Waits for the next parts of one source, which are good by the user's word. */
export class Collector {
  readonly sourceId: number;
  readonly count: number;
  /** SHA-256 of the kept picture of each part, in the order of the line. */
  readonly done: Promise<string[]>;
  readonly #hashes: string[] = [];
  readonly #onProgress: (done: number) => void;
  #resolve!: (hashes: string[]) => void;
  #reject!: (error: KenroError) => void;

  /** @param signal ends the wait with `cancelled`. */
  constructor(sourceId: number, count: number, signal: AbortSignal, onProgress: (done: number) => void) {
    this.sourceId = sourceId;
    this.count = count;
    this.#onProgress = onProgress;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const cancel = () => this.fail(new KenroError('cancelled'));
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  }

  /** A part of any source is on record. Parts whose picture could not be read or kept do not count. */
  partRecorded(inspection: Inspection): void {
    if (inspection.sourceId !== this.sourceId || this.#hashes.length >= this.count) return;
    if (!inspection.imageKept || inspection.imageHash === null) return;
    this.#hashes.push(inspection.imageHash);
    this.#onProgress(this.#hashes.length);
    if (this.#hashes.length === this.count) this.#resolve(this.#hashes);
  }

  fail(error: KenroError): void {
    this.#reject(error);
  }
}
