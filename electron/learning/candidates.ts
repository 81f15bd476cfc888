import type { Model } from '../contract/domain.ts';
import type { FineTuneJob, FineTuneReply } from '../contract/engine.ts';
import { judgedByLimits, type JudgedBy } from '../contract/verdict.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { addModel } from '../store/models.ts';

export interface Candidate {
  readonly name: string;
  /** Why it joins although it breaks ceilings. */
  readonly reason: string | null;
  /** The model in use when the run was begun. */
  readonly before: Model;
  readonly job: FineTuneJob;
  readonly result: FineTuneReply;
  readonly runId: string;
}

/** Puts what a run has made into the registry, with the facts of its making; its file is in place. */
export function addCandidate(
  db: WritableDb,
  { name, reason, before, job, result, runId }: Candidate,
  nowMs: number,
): Model {
  const good = job.images.filter(({ label }) => label === 'ok').length;
  const origin: Model['origin'] = {
    ...before.origin,
    goodImages: good,
    ngImages: job.images.length - good,
    seed: job.settings.seed,
    seconds: result.seconds,
    tuned: {
      from: before.name,
      fromSha256: before.sha256,
      run: runId,
      layers: result.layers,
      parameters: result.parameters,
    },
  };
  return transaction(db, () => {
    const { productId, kind } = before;
    const preprocess = { ...before.preprocess, ...(result.normalise ? { normalise: result.normalise } : {}) };
    const { thresholds, thresholdsByLabel = {} }: JudgedBy = result.thresholds
      ? judgedByLimits(result.thresholds)
      : { thresholds: before.thresholds };
    // Those that single defect types had were set for the scores of the model before.
    const classes = before.classes ? { classes: { ...before.classes, thresholdsByLabel } } : {};
    const known = { sha256: result.sha256, name, productId, kind, preprocess, thresholds, ...classes };
    const model = addModel(db, { ...known, thresholdInterval: null, origin }, nowMs);
    const detail = { id: model.id, name, sha256: model.sha256, thresholds, preprocess, ...classes, origin };
    appendAudit(db, { action: 'model.add', detail }, nowMs);
    const { breaches } = result;
    if (breaches.length > 0) {
      const accepted = { id: model.id, name, run: runId, reason, breaches };
      appendAudit(db, { action: 'retrain.accept', detail: accepted }, nowMs);
    }
    return model;
  });
}
