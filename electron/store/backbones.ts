import { Backbone } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

interface BackboneRow {
  id: number;
  sha256: string;
  name: string;
  created_ms: number;
  built_in: number;
  preprocess: string;
  features: string;
}

const columns = 'id, sha256, name, created_ms, built_in, preprocess, features';

/** Backbones to teach on: the shipped ones first, then as imported. */
export function listBackbones(db: ReadableDb): Backbone[] {
  return rows<BackboneRow>(
    db,
    `SELECT ${columns} FROM backbones WHERE removed_ms IS NULL ORDER BY built_in DESC, id`,
  ).map(fromRow);
}

/** @throws {KenroError} `notFound` (`what`, `id`), also when it was removed. */
export function readBackbone(db: ReadableDb, id: number): Backbone {
  const found = row<BackboneRow>(
    db,
    `SELECT ${columns} FROM backbones WHERE id = ? AND removed_ms IS NULL`,
    id,
  );
  if (found === undefined) throw new KenroError('notFound', { what: 'backbone', id });
  return fromRow(found);
}

/** Registers a feature extractor whose file is already in place. */
export function addBackbone(
  db: WritableDb,
  backbone: Omit<Backbone, 'id' | 'createdMs'>,
  nowMs: number,
): Backbone {
  const { id } = run(
    db,
    `INSERT INTO backbones (sha256, name, created_ms, built_in, preprocess, features)
     VALUES (?, ?, ?, ?, ?, ?)`,
    backbone.sha256,
    backbone.name,
    nowMs,
    backbone.builtIn ? 1 : 0,
    JSON.stringify(backbone.preprocess),
    JSON.stringify(backbone.features),
  );
  return readBackbone(db, id);
}

/**
 * Registers what this version ships and takes out what it no longer ships, by hash. For the start of the
 * station; does nothing when all is as it should be.
 */
export function keepBuiltInBackbones(
  db: WritableDb,
  shipped: ReadonlyArray<Omit<Backbone, 'id' | 'createdMs' | 'builtIn'>>,
  nowMs: number,
): void {
  transaction(db, () => {
    const present = listBackbones(db).filter((backbone) => backbone.builtIn);
    for (const { id, sha256 } of present) {
      if (!shipped.some((backbone) => backbone.sha256 === sha256)) {
        run(db, 'UPDATE backbones SET removed_ms = ? WHERE id = ?', nowMs, id);
      }
    }
    for (const backbone of shipped) {
      if (!present.some(({ sha256 }) => sha256 === backbone.sha256)) {
        addBackbone(db, { ...backbone, builtIn: true }, nowMs);
      }
    }
  });
}

/** @throws {KenroError} `notFound`; `notAllowed` (`what`, `name`) for a shipped one. */
export function removeBackbone(db: WritableDb, id: number, nowMs: number): void {
  const { builtIn, name } = readBackbone(db, id);
  if (builtIn) throw new KenroError('notAllowed', { what: 'backbone', name });
  run(db, 'UPDATE backbones SET removed_ms = ? WHERE id = ?', nowMs, id);
}

function fromRow(found: BackboneRow): Backbone {
  return Backbone.parse({
    id: found.id,
    sha256: found.sha256,
    name: found.name,
    createdMs: found.created_ms,
    builtIn: found.built_in === 1,
    preprocess: JSON.parse(found.preprocess),
    features: JSON.parse(found.features),
  });
}
