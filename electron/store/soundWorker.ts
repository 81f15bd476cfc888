import { parentPort, workerData } from 'node:worker_threads';
import { connectReadable } from './connect.ts';
import { isCorrupt } from './errors.ts';
import type { SoundTask } from './fileSound.ts';
import { isConsistent, isWhollySound } from './sound.ts';

/** Thread of `isFileSound`: checks the database file named by its start data and answers with true or false. */
function isSound({ path, isWhole }: SoundTask): boolean {
  try {
    const db = connectReadable(path);
    try {
      return isWhole ? isConsistent(db) : isWhollySound(db);
    } finally {
      db.close();
    }
  } catch (thrown) {
    if (isCorrupt(thrown)) return false;
    throw thrown;
  }
}

parentPort?.postMessage(isSound(workerData as SoundTask));
