import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { ModelError } from '../../../native-models/errors.ts';
import { loadModelFile, mostModelBytes } from '../../../native-models/onnx/files.ts';
import type { Model } from '../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import {
  applyLayerPatch,
  holdsLayerPatch,
  readLayerPatch,
  type LayerPatch,
} from '../../../native-models/patches/layerPatch.ts';
import { readRegularFile, RefusedFile } from '../../../native-models/regularFile.ts';
import { aboutModel } from '../failure.ts';
import { hashModel } from '../modelHash.ts';

type Request<Name extends keyof EngineCalls> = output<EngineCalls[Name]['request']>;

/** Writes the model with the patch's tensors. @throws {ModelError} `patchBaseMismatch`, `patchTensorMismatch` */
export async function applyPatch({
  patch: path,
  model,
  out,
}: Request<'applyPatch'>): Promise<EngineReply<'applyPatch'>> {
  const patch = await readPatch(path);
  const base = await aboutModel(model, () => loadModelFile(model));
  const bytes = writeModel(applyLayerPatch(base, await hashModel(model), patch));
  await writeDurably(out, bytes);
  return { model: out, sha256: sha256Of(bytes), tensors: [...patch.tensors.keys()] };
}

/** Says how model and patch belong together. @throws {ModelError} `patchBaseMismatch` where they do not */
export async function verifyPatch({
  patch: path,
  model,
}: Request<'verifyPatch'>): Promise<EngineReply<'verifyPatch'>> {
  const patch = await readPatch(path);
  const sha256 = await hashModel(model);
  const state = sha256 === patch.base ? 'base' : 'applied';
  const read = await aboutModel(model, () => loadModelFile(model));
  if (state === 'base') applyLayerPatch(read, sha256, patch);
  else checkHolds(read, sha256, patch);
  return { state, base: patch.base, sha256, tensors: [...patch.tensors.keys()] };
}

/**
 * Takes a patch off a model: gives its base back, which never changed.
 * @throws {ModelError} `patchBaseMismatch` where `base` is not the base, or `model` does not hold the patch
 */
export async function removePatch({
  patch: path,
  model,
  base,
  out,
}: Request<'removePatch'>): Promise<EngineReply<'removePatch'>> {
  const patch = await readPatch(path);
  const sha256 = await hashModel(base);
  if (sha256 !== patch.base) throw new ModelError('patchBaseMismatch', { base: patch.base, model: sha256 });
  checkHolds(await aboutModel(model, () => loadModelFile(model)), await hashModel(model), patch);
  await writeDurably(out, await readFile(base));
  return { model: out, sha256 };
}

async function readPatch(path: string): Promise<LayerPatch> {
  return aboutModel(path, async () => readLayerPatch(readBytes(path)));
}

function readBytes(path: string): Uint8Array {
  try {
    return readRegularFile(path, mostModelBytes);
  } catch (cause) {
    if (cause instanceof RefusedFile)
      throw new ModelError('modelUnreadable', { reason: cause.message }, { cause });
    throw new ModelError('modelMissing', {}, { cause });
  }
}

function checkHolds(model: Model, sha256: string, patch: LayerPatch): void {
  if (!holdsLayerPatch(model, patch)) {
    throw new ModelError('patchBaseMismatch', { base: patch.base, model: sha256 });
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
