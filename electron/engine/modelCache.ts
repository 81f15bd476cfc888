import { checkHash, type ModelFile } from './modelHash.ts';
import { limiter } from './lanes/limiter.ts';

/** A model made ready for use, that holds memory until it is closed. */
export interface Closable {
  close(): Promise<void>;
}

export interface ModelCache<Opened> {
  /**
   * Hands what was opened of a file to `work`, warm. One piece of work at a time; opening a model holds up nobody who
   * uses another.
   * @throws {ModelError} what opening it throws
   * @throws {KenroError} `modelHashMismatch`
   */
  use<T>(file: ModelFile, work: (opened: Opened) => Promise<T>): Promise<T>;
  /** Closes all models, those in use when they are given back. */
  close(): Promise<void>;
}

interface Entry<Opened> {
  readonly opened: Promise<Opened>;
  users: number;
  /** No longer in the cache; closed when the last user is done. */
  evicted: boolean;
}

/**
 * Keeps the most recently used models open. A file that cannot be opened is tried again the next time, since somebody
 * may have put it right.
 */
export function modelCache<Opened extends Closable>(
  size: number,
  open: (path: string) => Promise<Opened>,
): ModelCache<Opened> {
  /** Least recently used first. */
  const entries = new Map<string, Entry<Opened>>();
  const turns = limiter(1);

  const openChecked = async (file: ModelFile) => {
    await checkHash(file);
    return open(file.path);
  };

  const borrow = (file: ModelFile): Entry<Opened> => {
    const key = `${file.sha256} ${file.path}`;
    let entry = entries.get(key);
    if (!entry) {
      const fresh: Entry<Opened> = { opened: openChecked(file), users: 0, evicted: false };
      fresh.opened.catch(() => {
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

  const giveBack = (entry: Entry<Opened>) => {
    entry.users -= 1;
    void closeUnused(entry);
  };

  return {
    use: async (file, work) => {
      const entry = borrow(file);
      try {
        const opened = await entry.opened;
        const done = await turns.enter();
        return await work(opened).finally(done);
      } finally {
        giveBack(entry);
      }
    },
    close: async () => void (await Promise.all(evictDownTo(0))),
  };
}

async function closeUnused({ evicted, users, opened }: Entry<Closable>): Promise<void> {
  // Whoever asked for one that could not be opened has been told.
  if (evicted && users === 0) await opened.then((model) => model.close()).catch(() => undefined);
}
