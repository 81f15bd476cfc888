import { renameSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { asDiskError } from '../platform/durableFile.ts';
import type { Log } from '../platform/log.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import type { Jobs } from './jobs.ts';
import type { RunRecords } from './runRecords.ts';

export interface RemoveRunOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly runsDir: string;
  readonly jobs: Jobs;
  readonly records: RunRecords;
  readonly log: Log;
}

/** Put behind the name of a run's folder that is on its way out; no run is called so. */
const onItsWayOut = '.removed';

/**
 * Deletes a run that has ended: plan, curves, checkpoints, models and report. What was made a candidate lies in the
 * registry and stays there. The folder is renamed in the transaction that writes the audit trail, so that a run is
 * either there as it was or gone, also where Kenro is killed meanwhile.
 * @throws {KenroError} `notFound`; `conflict` while it runs or is being measured; `diskReadOnly` where another program
 *   holds a file of it
 */
export async function removeRun(options: RemoveRunOptions, id: string): Promise<void> {
  const { db, clock, runsDir, jobs, records, log } = options;
  const { title, productId, retrain, modelId } = await records.read(id);
  const own = jobs.list().filter((job) => job.id === id || job.reportOf === id);
  if (own.some(({ state }) => state === 'running'))
    throw new KenroError('conflict', { what: 'job', name: title });
  const folder = join(runsDir, id);
  const detail = {
    run: id,
    title,
    productId,
    candidate: modelId ?? null,
    model: retrain?.result?.sha256 ?? null,
  };
  transaction(db, () => {
    appendAudit(db, { action: 'retrain.remove', detail }, clock.nowMs());
    try {
      renameSync(folder, folder + onItsWayOut);
    } catch (thrown) {
      throw asDiskError(thrown, folder);
    }
  });
  for (const job of own) jobs.dismiss(job.id);
  await records.forget(id);
  await sweep(folder + onItsWayOut, log);
}

/** Removes what is left of runs that were deleted when Kenro was killed. */
export async function finishRemovals(runsDir: string, log: Log): Promise<void> {
  const names = await readdir(runsDir).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(onItsWayOut)))
    await sweep(join(runsDir, name), log);
}

async function sweep(folder: string, log: Log): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch((thrown: unknown) =>
    log.warn(`${folder} could not be removed wholly`, thrown),
  );
}
