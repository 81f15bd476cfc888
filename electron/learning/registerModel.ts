import type { Model } from '../contract/domain.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { addModel } from '../store/models.ts';

/** Puts a detector just made into the registry, its file being in place. */
export function registerModel(db: WritableDb, model: Omit<Model, 'id' | 'createdMs'>, nowMs: number): Model {
  return transaction(db, () => {
    const added = addModel(db, model, nowMs);
    const { id, name, sha256, thresholds, classes, origin } = added;
    const detail = { id, name, sha256, thresholds, ...(classes ? { classes } : {}), origin };
    appendAudit(db, { actor: 'station', action: 'model.add', detail }, nowMs);
    return added;
  });
}
