import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../contract/domain.ts';
import type { ReferenceScore } from '../contract/engine.ts';
import type { Job } from '../contract/jobs.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import type { WritableDb } from '../store/db.ts';
import { readProduct } from '../store/products.ts';
import type { JobResult, Jobs } from './jobs.ts';
import { adoptModel, fileSha256 } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { keepReference } from './reference.ts';
import type { ProbePart } from './probeParts.ts';
import { registerModel } from './registerModel.ts';
import { signatureBeside, trustOfFile } from './signing/trust.ts';
import type { Turns } from './turns.ts';

/** What those need who have models made. */
export interface MakingOptions {
  db: WritableDb;
  clock: Clock;
  paths: DataPaths;
  engine: OnDemandEngine;
  jobs: Jobs;
  /** Shared with all who have models made: the engine makes one at a time. */
  turns: Turns;
  /** By the station's own key. */
  sign: (model: Model) => void;
  /** A detector has joined the registry. */
  onModel: (model: Model) => void;
  /** Puts the first detector of a product to work. @throws {KenroError} why it must not be; it stays in the registry */
  activate: (model: Model, reason: string) => Promise<void>;
  /** Has a model that came from elsewhere looked at for a backdoor, beside. */
  probeForeign: (modelId: number, parts: readonly ProbePart[]) => Promise<void>;
}

/** A model file that the engine has written. */
interface Made {
  readonly path: string;
  readonly sha256: string;
  readonly skipped: Job['skipped'];
  /** Of parts it has not learned from. */
  readonly reference?: readonly ReferenceScore[] | undefined;
}

export interface Making<Reply extends Made> {
  /** Kept with the run. */
  readonly settings: object;
  /** @param copy to be read in place of somebody else's file; null = none */
  readonly make: (client: EngineClient, copy: string | null) => Promise<Reply>;
  readonly model: (reply: Reply) => Omit<Model, 'id' | 'createdMs'>;
  /** File of somebody else that it is made of, and parts that came with it; absent = it is made here. */
  readonly foreign?: { readonly path: string; readonly parts: readonly ProbePart[] };
}

/**
 * A copy of somebody's network, if it came with a signature that counts: what is signed must be what is read, whatever
 * happens to the file in between. Weights in files of their own are not covered by the signature, so such a network counts
 * as unsigned.
 */
async function signedCopy(
  db: WritableDb,
  engine: OnDemandEngine,
  path: string,
  folder: string,
): Promise<string | null> {
  const signature = await signatureBeside(path);
  if (signature === null || !(await stat(path)).isFile()) return null;
  const copy = join(folder, 'foreign.onnx');
  await copyFile(path, copy);
  if (trustOfFile(db, signature, await fileSha256(copy)).state !== 'signed') return null;
  const { externalFiles } = await engine.use((client) => client.call('describe', { path }));
  return externalFiles?.length === 0 ? copy : null;
}

/**
 * Has the engine make a model in the folder of a job, and takes it into the registry. A product that had none is judged by
 * it from now on, if it is made here and passes.
 * @param plan told where the engine is to write the model
 * @throws {KenroError} what making and activating it throw
 */
export async function makeModel<Reply extends Made>(
  { db, clock, paths, engine, turns, sign, onModel, activate, probeForeign }: Omit<MakingOptions, 'jobs'>,
  jobId: string,
  plan: (out: string) => Making<Reply>,
): Promise<JobResult> {
  const folder = join(paths.runs, jobId);
  await mkdir(folder, { recursive: true });
  const { settings, make, model, foreign } = plan(join(folder, 'model.onnx'));
  await writeDurably(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
  const copy = foreign ? await signedCopy(db, engine, foreign.path, folder) : null;
  const reply = await turns.take(() => engine.use((client) => make(client, copy)));
  if (copy !== null) await rm(copy, { force: true });
  await writeDurably(join(folder, 'result.json'), JSON.stringify(reply, null, 2));
  await adoptModel(paths.models, reply.path, [], reply.sha256);
  await rm(reply.path, { force: true });
  await keepReference(paths.models, reply.sha256, reply.reference ?? []);
  const made = registerModel(db, model(reply), clock.nowMs());
  // What is made here is signed here; what comes from elsewhere only when it came with a signature that counts.
  const isTrusted = foreign === undefined || copy !== null;
  if (isTrusted) sign(made);
  onModel(made);
  // What comes from elsewhere is probed for a backdoor first, and put to use by somebody.
  if (foreign) await probeForeign(made.id, foreign.parts);
  else if (readProduct(db, made.productId).activeModelId === null)
    await activate(made, 'the product had no model');
  return { modelId: made.id, skipped: reply.skipped };
}
