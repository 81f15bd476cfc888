import { parentPort, workerData } from 'node:worker_threads';
import { connectReadable } from './connect.ts';
import { isCorrupt } from './errors.ts';
import { isWhollySound } from './sound.ts';

/** Thread of `isFileSound`: checks the database file named by its start data and answers with true or false. */
function isSound(path: string): boolean {
  try {
    const db = connectReadable(path);
    try {
      return isWhollySound(db);
    } finally {
      db.close();
    }
  } catch (thrown) {
    if (isCorrupt(thrown)) return false;
    throw thrown;
  }
}

parentPort?.postMessage(isSound(workerData as string));
