import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { combinedSha256, dropModel, fileSha256, modelFile } from '../learning/modelFiles.ts';
import type { Clock } from '../platform/clock.ts';
import { defaultDataFolder } from '../platform/dataFolder.ts';
import { lockFolder } from '../platform/folderLock.ts';
import { dataPaths } from '../platform/paths.ts';
import type { DataPaths } from '../platform/paths.ts';
import { programVersion } from '../platform/places.ts';
import { appendAudit } from '../store/audit.ts';
import { listBackbones } from '../store/backbones.ts';
import { connectReadable } from '../store/connect.ts';
import { transaction } from '../store/db.ts';
import type { ReadableDb } from '../store/db.ts';
import { isModelFileUsed, listModels, readModel, removeModel } from '../store/models.ts';
import { openStore } from '../store/open.ts';
import { listProducts } from '../store/products.ts';

/** @throws {KenroError} `folderMissing` when no station has ever run there */
export function stationPaths(dataDir: string | undefined): DataPaths {
  const paths = dataPaths(dataDir ?? defaultDataFolder());
  if (!existsSync(paths.database)) throw new KenroError('folderMissing', { path: paths.root });
  return paths;
}

/** Reads beside a station that may be running. */
export function reading<T>(paths: DataPaths, work: (db: ReadableDb) => T): T {
  const db = connectReadable(paths.database);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function listModelFiles(dataDir: string | undefined) {
  const paths = stationPaths(dataDir);
  return reading(paths, (db) => {
    const products = new Map(listProducts(db).map((product) => [product.id, product]));
    return listModels(db).map((model) => ({
      id: model.id,
      name: model.name,
      product: products.get(model.productId)?.name ?? '',
      active: products.get(model.productId)?.activeModelId === model.id,
      kind: model.kind,
      model: modelFile(paths.models, model.sha256),
      sha256: model.sha256,
      threshold: model.thresholds.ng,
      reviewThreshold: model.thresholds.review,
      goodImages: model.origin.goodImages,
      createdMs: model.createdMs,
    }));
  });
}

export interface CheckedFile extends Record<string, unknown> {
  readonly path: string;
  readonly sha256: string;
  readonly state: 'good' | 'changed' | 'missing';
}

/**
 * Reads every file of the registry and compares it with its name. `error` is the first thing wrong.
 * @param weightFiles names of the files that hold the weights of a network, relative to its folder
 */
export async function verifyModelFiles(
  dataDir: string | undefined,
  weightFiles: (path: string) => Promise<readonly string[]>,
): Promise<{ files: CheckedFile[]; error: KenroError | null }> {
  const paths = stationPaths(dataDir);
  const hashes = reading(paths, (db) =>
    [...listModels(db), ...listBackbones(db)].map(({ sha256 }) => sha256),
  );
  const files: CheckedFile[] = [];
  for (const sha256 of new Set(hashes)) {
    files.push(await check(modelFile(paths.models, sha256), sha256, weightFiles));
  }
  const wrong = files.find(({ state }) => state !== 'good');
  if (!wrong) return { files, error: null };
  const kind = wrong.state === 'missing' ? 'modelMissing' : 'modelHashMismatch';
  return { files, error: new KenroError(kind, { path: wrong.path }) };
}

async function check(
  path: string,
  sha256: string,
  weightFiles: (path: string) => Promise<readonly string[]>,
): Promise<CheckedFile> {
  try {
    const own = await fileSha256(path);
    const inFolder = basename(dirname(path)) === sha256;
    const found = inFolder ? await combinedSha256(path, own, await weightFiles(path)) : own;
    return { path, sha256, state: found === sha256 ? 'good' : 'changed' };
  } catch (thrown) {
    if (!(thrown instanceof KenroError)) throw thrown;
    const missing = thrown.kind === 'modelMissing' || thrown.kind === 'modelExternalDataMissing';
    return { path, sha256, state: missing ? 'missing' : 'changed' };
  }
}

/**
 * Takes a detector out of the registry of a station that is not running.
 * @throws {KenroError} `notFound`, `conflict` while a product uses it or a station uses the folder
 */
export async function removeModelFile(
  dataDir: string | undefined,
  id: number,
  clock: Clock,
): Promise<{ name: string; sha256: string }> {
  const paths = stationPaths(dataDir);
  const lock = await lockFolder(paths.root);
  const { db } = await openStore(paths, { clock, app: programVersion() });
  try {
    const { name, sha256 } = readModel(db, id);
    transaction(db, () => {
      removeModel(db, id, clock.nowMs());
      const detail = { id, name, sha256 };
      appendAudit(db, { actor: 'terminal', action: 'model.remove', detail }, clock.nowMs());
    });
    if (!isModelFileUsed(db, sha256)) await dropModel(paths.models, sha256);
    return { name, sha256 };
  } finally {
    db.close();
    await lock.release();
  }
}
