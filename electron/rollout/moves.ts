import type { AuditAction } from '../contract/domain.ts';
import type { GuardKind, Rollout, RolloutStep } from '../contract/rollout.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { activateModel, readModel } from '../store/models.ts';
import { addRolloutStep, moveRollout, type RolloutPlace } from '../store/rollouts.ts';

/** Who moves a rollout, and why. */
export interface Mover {
  readonly actor: string;
  readonly reason: string;
  readonly guard?: GuardKind;
  /** How it stood. */
  readonly status?: RolloutStep['status'];
}

/**
 * Moves a rollout to another state or share: its row, the history of its phases, the model that its product is judged by
 * and the audit trail change together or not at all.
 * @throws {KenroError} `rolloutMoved` where it does not stand where it is thought to any more
 */
export function recordMove(
  db: WritableDb,
  from: Rollout,
  to: RolloutPlace,
  by: Mover,
  nowMs: number,
): Rollout {
  return transaction(db, () => {
    const moved = moveRollout(db, from.id, from, to, nowMs);
    const { actor, reason, guard = null, status = null } = by;
    const { id: rolloutId, state, step } = moved;
    addRolloutStep(db, { rolloutId, timeMs: nowMs, state, step, actor, reason, guard, status });
    const detail = { from: from.state, share: moved.plan.shares[step], ...(guard ? { guard } : {}), status };
    auditRollout(db, actionOf(from, moved), moved, by, detail, nowMs);
    if (state === 'full') useModel(db, from.candidateModelId, by, nowMs);
    if (state === 'rolledBack' && from.state === 'full') useModel(db, from.currentModelId, by, nowMs);
    return moved;
  });
}

function actionOf(from: Rollout, { state }: Rollout): AuditAction {
  if (state === 'rolledBack' || state === 'cancelled') return 'rollout.back';
  if (state === 'finished') return 'rollout.finish';
  if (state === from.state) return 'rollout.share';
  return state === 'verification' ? 'rollout.begin' : 'rollout.promote';
}

/** Part of the transaction that changes the rollout. */
export function auditRollout(
  db: WritableDb,
  action: AuditAction,
  rollout: Rollout,
  { actor, reason = '' }: { actor: string; reason?: string },
  detail: Record<string, unknown>,
  nowMs: number,
): void {
  const { id, productId, currentModelId, candidateModelId, state } = rollout;
  const about = {
    ...{ id, productId, state },
    current: readModel(db, currentModelId).name,
    candidate: readModel(db, candidateModelId).name,
    ...(reason === '' ? {} : { reason }),
  };
  appendAudit(db, { actor, action, detail: { ...about, ...detail } }, nowMs);
}

/** Both models have passed their comparison: one judges already, and the other did. */
function useModel(db: WritableDb, modelId: number, { actor, reason }: Mover, nowMs: number): void {
  const { name, productId } = readModel(db, modelId);
  activateModel(db, modelId);
  const detail = { id: modelId, name, productId, reason: reason === '' ? 'rollout' : reason };
  appendAudit(db, { actor, action: 'model.activate', detail }, nowMs);
}
