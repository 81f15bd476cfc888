import { Worker } from 'node:worker_threads';
import { KenroError } from '../contract/errors.ts';

/** Run from the sources, or from what the build made of them, which has the same folders. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** What the thread is started with. */
export interface SoundTask {
  readonly path: string;
  readonly isWhole: boolean;
}

/**
 * Reads and checks a whole database file on a thread of its own, so that the line goes on meanwhile.
 * @param isWhole also compares each index with its table, which takes several times as long
 * @throws {KenroError} `cancelled` through `signal`.
 */
export async function isFileSound(path: string, signal?: AbortSignal, isWhole = false): Promise<boolean> {
  const workerData: SoundTask = { path, isWhole };
  const worker = new Worker(new URL(`./soundWorker.${extension}`, import.meta.url), { workerData });
  const cancel = () => void worker.terminate();
  signal?.addEventListener('abort', cancel);
  try {
    return await new Promise((resolve, reject) => {
      if (signal?.aborted === true) cancel();
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new KenroError('cancelled', { path })));
    });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
