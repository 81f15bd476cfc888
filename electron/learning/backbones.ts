import type { Backbone, NetworkDescription, Preprocess } from '../contract/domain.ts';
import type { EngineRequest } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { appendAudit } from '../store/audit.ts';
import { addBackbone, readBackbone, removeBackbone } from '../store/backbones.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { isModelFileUsed } from '../store/models.ts';
import { adoptModel, dropModel, modelFile } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';

export interface BackbonesContext {
  db: WritableDb;
  clock: Clock;
  modelsDir: string;
  /** Reads foreign files: when one brings the process down, no verdict is lost. */
  engine: OnDemandEngine;
}

/** @throws {KenroError} the `model…` kinds: missing, no ONNX, unknown operator, weights missing, … */
export function describeNetwork({ engine }: BackbonesContext, path: string): Promise<NetworkDescription> {
  return engine.use((client) => client.call('describe', { path }));
}

export interface BackboneImport {
  path: string;
  name: string;
  preprocess: Preprocess;
  features: string[];
}

/**
 * Copies a user's network into the registry as a feature extractor.
 * @throws {KenroError} those of `describeNetwork`; `modelOutputMissing` for a feature it does not have;
 *   `diskFull`, `diskReadOnly`.
 */
export async function importBackbone(context: BackbonesContext, given: BackboneImport): Promise<Backbone> {
  const { db, clock, modelsDir } = context;
  const network = await describeNetwork(context, given.path);
  const known = new Set(network.features.map(({ name }) => name));
  const missing = given.features.find((name) => !known.has(name));
  if (missing !== undefined) throw new KenroError('modelOutputMissing', { file: given.path, name: missing });

  const sha256 = await adoptModel(modelsDir, given.path, network.externalFiles, network.sha256);
  const { name, preprocess, features } = given;
  return transaction(db, () => {
    const added = addBackbone(db, { sha256, name, preprocess, features, builtIn: false }, clock.nowMs());
    const detail = { id: added.id, name, sha256, path: given.path, features };
    appendAudit(db, { action: 'backbone.import', detail }, clock.nowMs());
    return added;
  });
}

/** Models taught on it keep working: each holds its own copy. @throws {KenroError} `notFound`, `notAllowed`. */
export async function removeBackboneAndFile(context: BackbonesContext, id: number): Promise<void> {
  const { db, clock, modelsDir } = context;
  const { sha256, name } = readBackbone(db, id);
  transaction(db, () => {
    removeBackbone(db, id, clock.nowMs());
    appendAudit(db, { action: 'backbone.remove', detail: { id, name, sha256 } }, clock.nowMs());
  });
  if (!isModelFileUsed(db, sha256)) await dropModel(modelsDir, sha256);
}

/** A backbone as the engine is told of it. @param size side of the pictures in pixels; `null` = the backbone's own */
export function backboneAt(
  modelsDir: string,
  { sha256, name, preprocess }: Backbone,
  size: number | null,
): EngineRequest<'teach'>['backbone'] {
  const sides: [number, number] = size === null ? preprocess.size : [size, size];
  return { path: modelFile(modelsDir, sha256), name, preprocess: { ...preprocess, size: sides } };
}
