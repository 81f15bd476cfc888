import { SourceConfig, type Source } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { uniqueName } from './names.ts';
import { readProduct } from './products.ts';

interface SourceRow {
  id: number;
  name: string;
  product_id: number;
  paused: number;
  config: string;
  created_ms: number;
}

const columns = 'id, name, product_id, paused, config, created_ms';

/** Sources in use, oldest first. */
export function listSources(db: ReadableDb): Source[] {
  return rows<SourceRow>(db, `SELECT ${columns} FROM sources WHERE removed_ms IS NULL ORDER BY id`).map(
    fromRow,
  );
}

/** @throws {KenroError} `notFound` (`what`, `id`), also when it was removed. */
export function readSource(db: ReadableDb, id: number): Source {
  const found = row<SourceRow>(db, `SELECT ${columns} FROM sources WHERE id = ? AND removed_ms IS NULL`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'source', id });
  return fromRow(found);
}

export type NewSource = Pick<Source, 'name' | 'productId' | 'config'> & { paused?: boolean };

/** @throws {KenroError} `conflict` (`what`, `name`) when the name is taken, `notFound` for the product. */
export function addSource(db: WritableDb, source: NewSource, nowMs: number): Source {
  readProduct(db, source.productId);
  const { id } = uniqueName('source', source.name, () =>
    run(
      db,
      'INSERT INTO sources (name, product_id, paused, config, created_ms) VALUES (?, ?, ?, ?, ?)',
      source.name,
      source.productId,
      source.paused === true ? 1 : 0,
      JSON.stringify(source.config),
      nowMs,
    ),
  );
  return readSource(db, id);
}

/** `undefined` leaves a field as it is. */
export type SourceChange = {
  [Field in 'name' | 'productId' | 'paused' | 'config']?: Source[Field] | undefined;
};

/** @throws {KenroError} `notFound`, `conflict`. */
export function changeSource(db: WritableDb, id: number, change: SourceChange): Source {
  return transaction(db, () => {
    const now = readSource(db, id);
    if (change.productId !== undefined) readProduct(db, change.productId);
    const name = change.name ?? now.name;
    uniqueName('source', name, () =>
      run(
        db,
        'UPDATE sources SET name = ?, product_id = ?, paused = ?, config = ? WHERE id = ?',
        name,
        change.productId ?? now.productId,
        (change.paused ?? now.paused) ? 1 : 0,
        JSON.stringify(change.config ?? now.config),
        id,
      ),
    );
    return readSource(db, id);
  });
}

/** Takes a source out of use; its history stays. @throws {KenroError} `notFound`. */
export function removeSource(db: WritableDb, id: number, nowMs: number): void {
  readSource(db, id);
  run(db, 'UPDATE sources SET removed_ms = ? WHERE id = ?', nowMs, id);
}

function fromRow(found: SourceRow): Source {
  return {
    id: found.id,
    name: found.name,
    productId: found.product_id,
    paused: found.paused === 1,
    config: SourceConfig.parse(JSON.parse(found.config)),
    createdMs: found.created_ms,
  };
}
