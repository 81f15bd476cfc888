import { KenroError } from '../contract/errors.ts';
import {
  Rollout,
  RolloutStep,
  type RolloutPhase,
  type RolloutPlan,
  type RolloutState,
} from '../contract/rollout.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { readModel } from './models.ts';

interface RolloutRow {
  id: number;
  product_id: number;
  current_model_id: number;
  candidate_model_id: number;
  salt: string;
  plan: string;
  state: string;
  step: number;
  created_ms: number;
  since_ms: number;
}

interface StepRow {
  id: number;
  rollout_id: number;
  time_ms: number;
  state: string;
  step: number;
  actor: string;
  reason: string;
  guard: string | null;
  status: string | null;
}

const columns =
  'id, product_id, current_model_id, candidate_model_id, salt, plan, state, step, created_ms, since_ms';
const isOpen = `state IN ('draft', 'verification', 'limited', 'full')`;

/** Rollouts that are planned or under way, at most one a product. */
export function openRollouts(db: ReadableDb): Rollout[] {
  return rows<RolloutRow>(db, `SELECT ${columns} FROM rollouts WHERE ${isOpen} ORDER BY id`).map(fromRow);
}

/** Rollouts in one of the phases, and those that have ended since a moment; oldest first. */
export function rolloutsSince(db: ReadableDb, sinceMs: number): Rollout[] {
  return rows<RolloutRow>(
    db,
    `SELECT ${columns} FROM rollouts WHERE state IN ('verification', 'limited', 'full')
       OR state IN ('finished', 'rolledBack') AND since_ms >= ? ORDER BY id`,
    sinceMs,
  ).map(fromRow);
}

/** Rollouts of a product, newest first. */
export function listRollouts(db: ReadableDb, productId: number): Rollout[] {
  const found = rows<RolloutRow>(
    db,
    `SELECT ${columns} FROM rollouts WHERE product_id = ? ORDER BY id DESC`,
    productId,
  );
  return found.map(fromRow);
}

/** @throws {KenroError} `notFound` (`what`, `id`). */
export function readRollout(db: ReadableDb, id: number): Rollout {
  const found = row<RolloutRow>(db, `SELECT ${columns} FROM rollouts WHERE id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'rollout', id });
  return fromRow(found);
}

export type NewRollout = Pick<Rollout, 'productId' | 'currentModelId' | 'candidateModelId' | 'salt' | 'plan'>;

/** @throws {KenroError} `notFound` for a model that is not in the registry. */
export function addRollout(db: WritableDb, given: NewRollout, nowMs: number): Rollout {
  readModel(db, given.currentModelId);
  readModel(db, given.candidateModelId);
  const { id } = run(
    db,
    `INSERT INTO rollouts (product_id, current_model_id, candidate_model_id, salt, plan, state, step, created_ms, since_ms)
     VALUES (?, ?, ?, ?, ?, 'draft', 0, ?, ?)`,
    given.productId,
    given.currentModelId,
    given.candidateModelId,
    given.salt,
    JSON.stringify(given.plan),
    nowMs,
    nowMs,
  );
  return readRollout(db, id);
}

export function setRolloutPlan(db: WritableDb, id: number, plan: RolloutPlan): Rollout {
  run(db, 'UPDATE rollouts SET plan = ? WHERE id = ?', JSON.stringify(plan), id);
  return readRollout(db, id);
}

/** Where a rollout stands: its state, and which share holds. */
export type RolloutPlace = Pick<Rollout, 'state' | 'step'>;

/**
 * Moves a rollout on, if it still stands where it is thought to.
 * @throws {KenroError} `rolloutMoved` where it does not any more; nothing has changed.
 */
export function moveRollout(
  db: WritableDb,
  id: number,
  from: RolloutPlace,
  to: RolloutPlace,
  nowMs: number,
): Rollout {
  const { changes } = run(
    db,
    'UPDATE rollouts SET state = ?, step = ?, since_ms = ? WHERE id = ? AND state = ? AND step = ?',
    to.state,
    to.step,
    nowMs,
    id,
    from.state,
    from.step,
  );
  if (changes === 0) throw new KenroError('rolloutMoved', { id });
  return readRollout(db, id);
}

/** Adds to the history of the phases. To be called in the transaction that makes the change. */
export function addRolloutStep(db: WritableDb, step: Omit<RolloutStep, 'id'>): void {
  run(
    db,
    `INSERT INTO rollout_steps (rollout_id, time_ms, state, step, actor, reason, guard, status)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    step.rolloutId,
    step.timeMs,
    step.state,
    step.step,
    step.actor,
    step.reason,
    step.guard,
    step.status === null ? null : JSON.stringify(step.status),
  );
}

const stepColumns = 'id, rollout_id, time_ms, state, step, actor, reason, guard, status';

/** The history of a rollout's phases, oldest first. */
export function rolloutSteps(db: ReadableDb, rolloutId: number): RolloutStep[] {
  return rows<StepRow>(
    db,
    `SELECT ${stepColumns} FROM rollout_steps WHERE rollout_id = ? ORDER BY id`,
    rolloutId,
  ).map(stepFrom);
}

/** The step by which a rollout left a state; `undefined`: it has not, or never was in it. */
export function leftBy(db: ReadableDb, rolloutId: number, state: RolloutState): RolloutStep | undefined {
  const found = row<StepRow>(
    db,
    `SELECT ${stepColumns} FROM rollout_steps WHERE rollout_id = ? AND state <> ?
       AND id > (SELECT min(id) FROM rollout_steps WHERE rollout_id = ? AND state = ?) ORDER BY id LIMIT 1`,
    rolloutId,
    state,
    rolloutId,
    state,
  );
  return found && stepFrom(found);
}

/** When a rollout came into a state; of several shares the first. `null`: it never was in it. */
export function enteredMs(db: ReadableDb, rolloutId: number, state: RolloutState): number | null {
  const found = row<{ since: number | null }>(
    db,
    'SELECT min(time_ms) AS since FROM rollout_steps WHERE rollout_id = ? AND state = ?',
    rolloutId,
    state,
  );
  return found?.since ?? null;
}

/** @throws {KenroError} `inRollout` (`name`) for a model of a rollout that is in one of these phases. */
export function refuseInRollout(db: ReadableDb, modelId: number, phases: readonly RolloutPhase[]): void {
  const found = row<{ name: string }>(
    db,
    `SELECT models.name FROM rollouts JOIN models ON models.id = ?
     WHERE state IN (SELECT value FROM json_each(?)) AND models.id IN (current_model_id, candidate_model_id)`,
    modelId,
    JSON.stringify(phases),
  );
  if (found) throw new KenroError('inRollout', { name: found.name });
}

function stepFrom({ rollout_id, time_ms, status, ...rest }: StepRow): RolloutStep {
  return RolloutStep.parse({
    ...rest,
    rolloutId: rollout_id,
    timeMs: time_ms,
    status: status === null ? null : (JSON.parse(status) as unknown),
  });
}

function fromRow(found: RolloutRow): Rollout {
  return Rollout.parse({
    id: found.id,
    productId: found.product_id,
    currentModelId: found.current_model_id,
    candidateModelId: found.candidate_model_id,
    salt: found.salt,
    plan: JSON.parse(found.plan) as unknown,
    state: found.state,
    step: found.step,
    createdMs: found.created_ms,
    sinceMs: found.since_ms,
  });
}
