import type { Product } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { ProductSmoothing } from '../contract/smoothing.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { uniqueName } from './names.ts';

interface ProductRow {
  id: number;
  name: string;
  created_ms: number;
  active_model_id: number | null;
  smoothing: string | null;
}

const columns = 'id, name, created_ms, active_model_id, smoothing';

/** Products in use, oldest first. */
export function listProducts(db: ReadableDb): Product[] {
  return rows<ProductRow>(db, `SELECT ${columns} FROM products WHERE removed_ms IS NULL ORDER BY id`).map(
    fromRow,
  );
}

/** @throws {KenroError} `notFound` (`what`, `id`), also when it was removed. */
export function readProduct(db: ReadableDb, id: number): Product {
  const found = row<ProductRow>(
    db,
    `SELECT ${columns} FROM products WHERE id = ? AND removed_ms IS NULL`,
    id,
  );
  if (found === undefined) throw new KenroError('notFound', { what: 'product', id });
  return fromRow(found);
}

/** @throws {KenroError} `conflict` (`what`, `name`) when the name is taken. */
export function addProduct(db: WritableDb, name: string, nowMs: number): Product {
  const { id } = uniqueName('product', name, () =>
    run(db, 'INSERT INTO products (name, created_ms) VALUES (?, ?)', name, nowMs),
  );
  return readProduct(db, id);
}

/** @throws {KenroError} `notFound`, `conflict`. */
export function renameProduct(db: WritableDb, id: number, name: string): Product {
  readProduct(db, id);
  uniqueName('product', name, () => run(db, 'UPDATE products SET name = ? WHERE id = ?', name, id));
  return readProduct(db, id);
}

/**
 * Verdicts already on record keep the certificates they were made with.
 * @param smoothing `null`: every part is decided on one look
 * @throws {KenroError} `notFound`.
 */
export function setProductSmoothing(db: WritableDb, id: number, smoothing: ProductSmoothing | null): Product {
  readProduct(db, id);
  const text = smoothing && JSON.stringify(smoothing);
  run(db, 'UPDATE products SET smoothing = ? WHERE id = ?', text, id);
  return readProduct(db, id);
}

/**
 * Takes a product and its models out of use; its history stays.
 * @throws {KenroError} `notFound`; `conflict` (`what: 'product'`, `name`, `usedBy: 'source'`, `user`) while a source delivers
 *   this product.
 */
export function removeProduct(db: WritableDb, id: number, nowMs: number): void {
  transaction(db, () => {
    const { name } = readProduct(db, id);
    const source = row<{ name: string }>(
      db,
      'SELECT name FROM sources WHERE product_id = ? AND removed_ms IS NULL LIMIT 1',
      id,
    );
    if (source !== undefined) {
      throw new KenroError('conflict', { what: 'product', name, usedBy: 'source', user: source.name });
    }
    run(db, 'UPDATE products SET removed_ms = ?, active_model_id = NULL WHERE id = ?', nowMs, id);
    run(db, 'UPDATE models SET removed_ms = ? WHERE product_id = ? AND removed_ms IS NULL', nowMs, id);
  });
}

function fromRow(found: ProductRow): Product {
  return {
    id: found.id,
    name: found.name,
    createdMs: found.created_ms,
    activeModelId: found.active_model_id,
    ...(found.smoothing === null ? {} : { smoothing: ProductSmoothing.parse(JSON.parse(found.smoothing)) }),
  };
}
