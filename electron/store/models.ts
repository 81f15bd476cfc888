import { defectLabels } from '../contract/classifier.ts';
import { Model, type Product } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { isSamePair, type Thresholds, type ThresholdsByLabel } from '../contract/verdict.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';
import { newestParityChecks } from './parity.ts';
import { readProduct } from './products.ts';

interface ModelRow {
  id: number;
  sha256: string;
  name: string;
  product_id: number;
  kind: string;
  created_ms: number;
  preprocess: string;
  review_from: number;
  ng_from: number;
  threshold_low: number | null;
  threshold_high: number | null;
  previous_review_from: number | null;
  previous_ng_from: number | null;
  origin: string;
  classes: string | null;
}

const columns = `id, sha256, name, product_id, kind, created_ms, preprocess, review_from, ng_from,
  threshold_low, threshold_high, previous_review_from, previous_ng_from, origin, classes`;

/** Detectors in the registry, oldest first. */
export function listModels(db: ReadableDb): Model[] {
  const checks = newestParityChecks(db);
  return rows<ModelRow>(db, `SELECT ${columns} FROM models WHERE removed_ms IS NULL ORDER BY id`).map(
    (found) => {
      const model = fromRow(found);
      const parity = checks.get(model.sha256);
      return parity ? { ...model, parity } : model;
    },
  );
}

/** @throws {KenroError} `notFound` (`what`, `id`), also when it was removed. */
export function readModel(db: ReadableDb, id: number): Model {
  const found = row<ModelRow>(db, `SELECT ${columns} FROM models WHERE id = ? AND removed_ms IS NULL`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'model', id });
  return fromRow(found);
}

/** Also one that was removed since: what it was compared with refers to it. @throws {KenroError} `notFound` */
export function modelOnRecord(db: ReadableDb, id: number): Model {
  const found = row<ModelRow>(db, `SELECT ${columns} FROM models WHERE id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'model', id });
  return fromRow(found);
}

/** Registers a detector whose file is already in place. @throws {KenroError} `notFound` for the product. */
export function addModel(db: WritableDb, model: Omit<Model, 'id' | 'createdMs'>, nowMs: number): Model {
  readProduct(db, model.productId);
  const { id } = run(
    db,
    `INSERT INTO models (sha256, name, product_id, kind, created_ms, preprocess, review_from, ng_from,
       threshold_low, threshold_high, origin, classes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    model.sha256,
    model.name,
    model.productId,
    model.kind,
    nowMs,
    JSON.stringify(model.preprocess),
    model.thresholds.review,
    model.thresholds.ng,
    model.thresholdInterval?.[0] ?? null,
    model.thresholdInterval?.[1] ?? null,
    JSON.stringify(model.origin),
    model.classes === undefined ? null : JSON.stringify(model.classes),
  );
  return readModel(db, id);
}

/** @throws {KenroError} `notFound`. */
export function renameModel(db: WritableDb, id: number, name: string): Model {
  readModel(db, id);
  run(db, 'UPDATE models SET name = ? WHERE id = ?', name, id);
  return readModel(db, id);
}

/**
 * Verdicts already on record keep the thresholds they were made with. A pair that is replaced is remembered as the one
 * to go back to.
 * @param byLabel of defect types that have thresholds of their own; absent = as they were
 * @throws {KenroError} `notFound`; `fieldWrong` for thresholds of a label that is no defect type of the model's.
 */
export function setModelThresholds(
  db: WritableDb,
  id: number,
  thresholds: Thresholds,
  byLabel?: ThresholdsByLabel,
): Model {
  const { classes, thresholds: before } = readModel(db, id);
  if (byLabel !== undefined) setThresholdsByLabel(db, id, classes, byLabel);
  if (isSamePair(thresholds, before)) return readModel(db, id);
  run(
    db,
    `UPDATE models SET previous_review_from = review_from, previous_ng_from = ng_from, review_from = ?, ng_from = ?
     WHERE id = ?`,
    thresholds.review,
    thresholds.ng,
    id,
  );
  return readModel(db, id);
}

function setThresholdsByLabel(
  db: WritableDb,
  id: number,
  classes: Model['classes'],
  thresholdsByLabel: ThresholdsByLabel,
): void {
  const defects = defectLabels(classes);
  const unknown = Object.keys(thresholdsByLabel).find((label) => !defects.includes(label));
  if (unknown !== undefined) {
    throw new KenroError('fieldWrong', { field: `thresholdsByLabel.${unknown}`, reason: defects.join(', ') });
  }
  const changed = JSON.stringify({ ...classes, thresholdsByLabel });
  if (classes) run(db, 'UPDATE models SET classes = ? WHERE id = ?', changed, id);
}

/** Makes it the detector its product is judged by from now on. @throws {KenroError} `notFound`. */
export function activateModel(db: WritableDb, id: number): Product {
  const { productId } = readModel(db, id);
  run(db, 'UPDATE products SET active_model_id = ? WHERE id = ?', id, productId);
  return readProduct(db, productId);
}

/**
 * Takes a detector out of the registry; its history stays.
 * @throws {KenroError} `notFound`; `conflict` (`what: 'model'`, `name`, `usedBy: 'product'`, `user`) while a product is
 *   judged by it.
 */
export function removeModel(db: WritableDb, id: number, nowMs: number): void {
  transaction(db, () => {
    const { name } = readModel(db, id);
    const product = row<{ name: string }>(db, 'SELECT name FROM products WHERE active_model_id = ?', id);
    if (product !== undefined) {
      throw new KenroError('conflict', { what: 'model', name, usedBy: 'product', user: product.name });
    }
    run(db, 'UPDATE models SET removed_ms = ? WHERE id = ?', nowMs, id);
  });
}

/** Whether a detector or backbone in the registry still needs the file `models/<sha256>.onnx`. */
export function isModelFileUsed(db: ReadableDb, sha256: string): boolean {
  const used = row(
    db,
    `SELECT 1 FROM models WHERE sha256 = ? AND removed_ms IS NULL
     UNION ALL SELECT 1 FROM backbones WHERE sha256 = ? AND removed_ms IS NULL LIMIT 1`,
    sha256,
    sha256,
  );
  return used !== undefined;
}

function fromRow(found: ModelRow): Model {
  return Model.parse({
    id: found.id,
    sha256: found.sha256,
    name: found.name,
    productId: found.product_id,
    kind: found.kind,
    createdMs: found.created_ms,
    preprocess: JSON.parse(found.preprocess),
    thresholds: { review: found.review_from, ng: found.ng_from },
    thresholdInterval:
      found.threshold_low === null || found.threshold_high === null
        ? null
        : [found.threshold_low, found.threshold_high],
    ...(found.classes === null ? {} : { classes: JSON.parse(found.classes) as unknown }),
    ...(found.previous_review_from === null || found.previous_ng_from === null
      ? {}
      : { previousThresholds: { review: found.previous_review_from, ng: found.previous_ng_from } }),
    origin: JSON.parse(found.origin),
  });
}
