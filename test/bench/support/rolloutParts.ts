import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { planOf, type Rollout } from '../../../electron/contract/rollout.ts';
import { adoptModel } from '../../../electron/learning/modelFiles.ts';
import { systemClock } from '../../../electron/platform/clock.ts';
import { dataPaths, type DataPaths } from '../../../electron/platform/paths.ts';
import { armNames } from '../../../electron/rollout/arms.ts';
import { recordMove } from '../../../electron/rollout/moves.ts';
import { run, transaction, type WritableDb } from '../../../electron/store/db.ts';
import { activateModel, addModel } from '../../../electron/store/models.ts';
import { openStore } from '../../../electron/store/open.ts';
import { addProduct } from '../../../electron/store/products.ts';
import { addRollout } from '../../../electron/store/rollouts.ts';
import { addSource } from '../../../electron/store/sources.ts';
import { newModel, startMs } from '../../store/support/station.ts';
import { manyPartsPaths, msPerPart, openManyParts } from './manyParts.ts';

/**
 * A data folder with `count` parts on record, all of them of one verification that is under way: both models have judged
 * each, one OK part in 200 is the candidate's reject, and half of the rejects are OK to it. Its line is a demo line with
 * shipped models; the other lines are paused.
 */
export async function rolloutParts(root: string, count: number): Promise<DataPaths> {
  (await openManyParts(count)).db.close();
  const paths = dataPaths(join(root, 'rollout'));
  await cp(manyPartsPaths(count).root, paths.root, { recursive: true });
  const hashes = { current: await adopt(paths, 'tile'), candidate: await adopt(paths, 'label') };
  const { db } = await openStore(paths, { clock: systemClock, app: 'bench' });
  transaction(db, () => {
    db.exec('UPDATE sources SET paused = 1');
    const { id } = addVerification(db, hashes);
    // Each line had two arms, which stay apart.
    run(db, "UPDATE streams SET arm = ? || '/' || id", armNames(id).shadow);
    run(
      db,
      `INSERT INTO shadow_verdicts (inspection_id, rollout_id, verdict, decided, score, thresholds_id, label, reason, time_us)
       SELECT id, ?, CASE verdict WHEN 0 THEN (id % 200 = 0) ELSE verdict * (id % 2) END, verdict, score, thresholds_id,
         NULL, NULL, 12000 FROM inspections`,
      id,
    );
  });
  db.close();
  return paths;
}

function adopt({ models }: DataPaths, part: 'tile' | 'label'): Promise<string> {
  return adoptModel(models, `native-models/models/${part}.onnx`);
}

function addVerification(db: WritableDb, hashes: { current: string; candidate: string }): Rollout {
  const { id: productId } = addProduct(db, 'Tile', startMs);
  const config = {
    ...({ kind: 'demo', part: 'tile', seed: 1, intervalMs: 200, defectRate: 0.08 } as const),
    disturbances: { light: 0.1, blur: 0, noise: 0.05 },
  };
  const source = addSource(db, { name: 'Tile', productId, config }, startMs);
  const add = (name: 'current' | 'candidate') =>
    addModel(db, { ...newModel(productId, name), sha256: hashes[name] }, startMs).id;
  const [currentModelId, candidateModelId] = [add('current'), add('candidate')];
  activateModel(db, currentModelId);
  const plan = { ...planOf.poc, sourceIds: [source.id], guardAlpha: 0.0001, rejectRatio: 20 };
  const given = { productId, currentModelId, candidateModelId, salt: 'a5', plan };
  const drafted = addRollout(db, given, startMs);
  return recordMove(db, drafted, { state: 'verification', step: 0 }, { actor: 'bench', reason: '' }, startMs);
}

/** When the last part of such a record was judged. */
export function lastPartMs(count: number): number {
  return startMs + count * msPerPart;
}
