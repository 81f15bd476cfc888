import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../contract/domain.ts';
import type { Job } from '../contract/jobs.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Clock } from '../platform/clock.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { DataPaths } from '../platform/paths.ts';
import type { WritableDb } from '../store/db.ts';
import type { JobResult, Jobs } from './jobs.ts';
import { adoptModel } from './modelFiles.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';
import { registerModel } from './registerModel.ts';
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
  /** A detector has joined the registry; `activated`: its product had none and is judged by it from now on. */
  onModel: (model: Model, activated: boolean) => void;
}

/** A model file that the engine has written. */
interface Made {
  readonly path: string;
  readonly sha256: string;
  readonly skipped: Job['skipped'];
}

export interface Making<Reply extends Made> {
  /** Kept with the run. */
  readonly settings: object;
  readonly make: (client: EngineClient) => Promise<Reply>;
  readonly model: (reply: Reply) => Omit<Model, 'id' | 'createdMs'>;
}

/**
 * Has the engine make a model in the folder of a job, and takes it into the registry.
 * @param plan told where the engine is to write the model
 */
export async function makeModel<Reply extends Made>(
  { db, clock, paths, engine, turns, onModel }: Omit<MakingOptions, 'jobs'>,
  jobId: string,
  plan: (out: string) => Making<Reply>,
): Promise<JobResult> {
  const folder = join(paths.runs, jobId);
  await mkdir(folder, { recursive: true });
  const { settings, make, model } = plan(join(folder, 'model.onnx'));
  await writeDurably(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
  const reply = await turns.take(() => engine.use(make));
  await writeDurably(join(folder, 'result.json'), JSON.stringify(reply, null, 2));
  await adoptModel(paths.models, reply.path, [], reply.sha256);
  await rm(reply.path, { force: true });
  const made = registerModel(db, model(reply), clock.nowMs());
  onModel(made.model, made.activated);
  return { modelId: made.model.id, skipped: reply.skipped };
}
