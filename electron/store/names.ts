import { KenroError } from '../contract/errors.ts';
import { rows, type ReadableDb } from './db.ts';
import { isUniqueViolation } from './errors.ts';

/** Runs a statement that gives something its name. @throws {KenroError} `conflict` (`what`, `name`) when it is taken. */
export function uniqueName<Result>(what: string, name: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    if (isUniqueViolation(thrown)) throw new KenroError('conflict', { what, name }, { cause: thrown });
    throw thrown;
  }
}

/** Names by id of everything the history may refer to, also of what was removed since. */
export interface HistoryNames {
  products: Map<number, string>;
  sources: Map<number, string>;
  models: Map<number, string>;
}

export function readHistoryNames(db: ReadableDb): HistoryNames {
  return {
    products: namesIn(db, 'products'),
    sources: namesIn(db, 'sources'),
    models: namesIn(db, 'models'),
  };
}

function namesIn(db: ReadableDb, table: keyof HistoryNames): Map<number, string> {
  const found = rows<{ id: number; name: string }>(db, `SELECT id, name FROM ${table}`);
  return new Map(found.map(({ id, name }) => [id, name]));
}
