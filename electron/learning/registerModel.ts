import type { Model } from '../contract/domain.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { activateModel, addModel } from '../store/models.ts';
import { readProduct } from '../store/products.ts';

/**
 * Puts a detector just made into the registry, its file being in place. A product that had none is judged by it
 * from now on.
 * @returns whether it was activated
 */
export function registerModel(
  db: WritableDb,
  model: Omit<Model, 'id' | 'createdMs'>,
  nowMs: number,
): { model: Model; activated: boolean } {
  return transaction(db, () => {
    const added = addModel(db, model, nowMs);
    const { id, name, sha256, thresholds, classes, origin } = added;
    const detail = { id, name, sha256, thresholds, ...(classes ? { classes } : {}), origin };
    appendAudit(db, { actor: 'station', action: 'model.add', detail }, nowMs);
    const activated = readProduct(db, added.productId).activeModelId === null;
    if (activated) {
      activateModel(db, id);
      const why = { id, before: null, reason: 'the product had no model' };
      appendAudit(db, { actor: 'station', action: 'model.activate', detail: why }, nowMs);
    }
    return { model: added, activated };
  });
}
