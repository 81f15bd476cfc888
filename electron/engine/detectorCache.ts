import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { KenroError } from '../contract/errors.ts';
import { ModelError } from '../../native-models/errors.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import type { Detector } from '../../native-models/detectors/detector.ts';
import type { SessionOptions } from '../../native-models/runtime/session.ts';

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

export interface DetectorCache {
  /**
   * Hands the detector of a file to `work`, opened and warm; one piece of work at a time, in order of asking.
   * @throws {ModelError} what opening it throws
   * @throws {KenroError} `modelHashMismatch`
   */
  use<T>(file: ModelFile, work: (detector: Detector) => Promise<T>): Promise<T>;
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
  const opened = new Map<string, Detector>();
  let last: Promise<unknown> = Promise.resolve();

  const obtain = async ({ path, sha256 }: ModelFile): Promise<Detector> => {
    const key = `${sha256} ${path}`;
    let detector = opened.get(key);
    if (!detector) {
      await makeRoom();
      await checkHash(path, sha256);
      detector = await open(path, options());
    }
    opened.delete(key);
    opened.set(key, detector);
    return detector;
  };

  const makeRoom = async () => {
    for (const [key, detector] of opened) {
      if (opened.size < size) break;
      opened.delete(key);
      await detector.close();
    }
  };

  return {
    use: (file, work) => {
      const result = last.then(async () => work(await obtain(file)));
      last = result.catch(() => undefined);
      return result;
    },
  };
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
