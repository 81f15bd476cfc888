import { Worker } from 'node:worker_threads';

/** Run from the sources, or from what the build made of them, which has the same folders. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Reads and checks a whole database file on a thread of its own, so that the line goes on meanwhile. */
export function isFileSound(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./soundWorker.${extension}`, import.meta.url), { workerData: path });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`The check of ${path} ended without an answer`)));
  });
}
