import { openDetector } from '../../../native-models/detectors/detector.ts';
import type { Detector } from '../../../native-models/detectors/detector.ts';
import type { SessionOptions } from '../../../native-models/runtime/session.ts';
import { checkHash, type ModelFile } from '../modelHash.ts';
import { limiter } from './limiter.ts';

export interface DetectorCache {
  /**
   * Hands the detector of a file to `work`, opened and warm. One piece of work at a time; opening a detector
   * holds up nobody who uses another.
   * @throws {ModelError} what opening it throws
   * @throws {KenroError} `modelHashMismatch`
   */
  use<T>(file: ModelFile, work: (detector: Detector) => Promise<T>): Promise<T>;
  /** Closes all detectors, those in use when they are given back. */
  close(): Promise<void>;
}

interface Entry {
  readonly detector: Promise<Detector>;
  users: number;
  /** No longer in the cache; closed when the last user is done. */
  evicted: boolean;
}

/**
 * Keeps the most recently used detectors open. A file that cannot be opened is tried again the next time, since
 * somebody may have put it right.
 */
export function detectorCache(
  size: number,
  options: SessionOptions,
  open: (path: string, options: SessionOptions) => Promise<Detector> = openDetector,
): DetectorCache {
  /** Least recently used first. */
  const entries = new Map<string, Entry>();
  const turns = limiter(1);

  const openChecked = async (file: ModelFile) => {
    await checkHash(file);
    return open(file.path, options);
  };

  const borrow = (file: ModelFile): Entry => {
    const key = `${file.sha256} ${file.path}`;
    let entry = entries.get(key);
    if (!entry) {
      const fresh: Entry = { detector: openChecked(file), users: 0, evicted: false };
      fresh.detector.catch(() => {
        if (entries.get(key) === fresh) entries.delete(key);
      });
      entry = fresh;
    }
    entry.users += 1;
    entries.delete(key);
    entries.set(key, entry);
    evictDownTo(size);
    return entry;
  };

  const evictDownTo = (left: number): Promise<void>[] => {
    const closing: Promise<void>[] = [];
    for (const [key, entry] of entries) {
      if (entries.size <= left) break;
      entries.delete(key);
      entry.evicted = true;
      closing.push(closeUnused(entry));
    }
    return closing;
  };

  const giveBack = (entry: Entry) => {
    entry.users -= 1;
    void closeUnused(entry);
  };

  return {
    use: async (file, work) => {
      const entry = borrow(file);
      try {
        const detector = await entry.detector;
        const done = await turns.enter();
        return await work(detector).finally(done);
      } finally {
        giveBack(entry);
      }
    },
    close: async () => void (await Promise.all(evictDownTo(0))),
  };
}

async function closeUnused({ evicted, users, detector }: Entry): Promise<void> {
  // Whoever asked for one that could not be opened has been told.
  if (evicted && users === 0) await detector.then((opened) => opened.close()).catch(() => undefined);
}
