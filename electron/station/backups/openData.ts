import { KenroError, toErrorInfo } from '../../contract/errors.ts';
import type { DataPaths } from '../../platform/paths.ts';
import { openStore, type OpenOptions, type Store } from '../../store/open.ts';
import { applyStaged, finishRestore, undoRestore } from './restoring.ts';

/**
 * Opens the station's data, after a restore that was ordered. One whose database cannot be opened is taken
 * back, and the notice says why.
 * @throws {KenroError} as `openStore`
 */
export async function openData(paths: DataPaths, options: OpenOptions): Promise<Store> {
  const staged = await applyStaged(paths);
  if (staged === null) return openStore(paths, options);
  try {
    const store = await openStore(paths, options);
    store.notices.push(finishRestore(paths, store.db, staged, options.clock.nowMs()));
    return store;
  } catch (thrown) {
    if (!isOfTheFile(thrown)) throw thrown;
    undoRestore(paths, staged);
    const store = await openStore(paths, options);
    store.notices.push(toErrorInfo(thrown));
    return store;
  }
}

/** A full disk or another program that holds the file is no reason to give a restored database up. */
function isOfTheFile(thrown: unknown): boolean {
  return thrown instanceof KenroError && ['databaseCorrupt', 'databaseNewer'].includes(thrown.kind);
}
