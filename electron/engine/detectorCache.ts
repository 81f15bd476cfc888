import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { KenroError } from '../contract/errors.ts';
import { ModelError } from '../../native-models/errors.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import type { Detector } from '../../native-models/detectors/detector.ts';
import type { SessionOptions } from '../../native-models/runtime/session.ts';
import { limiter } from './limiter.ts';

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

export interface DetectorCache {
  /**
   * Hands the detector of a file to `work`, opened and warm. One piece of work at a time; opening a detector
   * holds up nobody who uses another.
   * @throws {ModelError} what opening it throws
   * @throws {KenroError} `modelHashMismatch`
   */
  use<T>(file: ModelFile, work: (detector: Detector) => Promise<T>): Promise<T>;
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
  options: () => SessionOptions,
  open: (path: string, options: SessionOptions) => Promise<Detector> = openDetector,
): DetectorCache {
  /** Least recently used first. */
  const entries = new Map<string, Entry>();
  const turns = limiter(1);

  const openChecked = async ({ path, sha256 }: ModelFile) => {
    await checkHash(path, sha256);
    return open(path, options());
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
    makeRoom();
    return entry;
  };

  const makeRoom = () => {
    for (const [key, entry] of entries) {
      if (entries.size <= size) break;
      entries.delete(key);
      entry.evicted = true;
      closeUnused(entry);
    }
  };

  const giveBack = (entry: Entry) => {
    entry.users -= 1;
    closeUnused(entry);
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
  };
}

function closeUnused({ evicted, users, detector }: Entry): void {
  // Whoever asked for one that could not be opened has been told.
  if (evicted && users === 0) detector.then((opened) => opened.close()).catch(() => undefined);
}

/** A model is what its hash says, or it judges nothing. */
async function checkHash(path: string, sha256: string): Promise<void> {
  const found = await hashFile(path);
  if (found !== sha256) throw new KenroError('modelHashMismatch', { path, expected: sha256, found });
}

/** Lower-case hexadecimal SHA-256 of a model file. @throws {ModelError} `modelMissing` */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw new ModelError('modelMissing', { file: path }, { cause });
  });
  return hash.digest('hex');
}
