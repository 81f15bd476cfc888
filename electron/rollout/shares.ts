import type { Rollout } from '../contract/rollout.ts';
import type { ReadableDb } from '../store/db.ts';
import { armPeriods } from '../store/rolloutCounts.ts';
import { armNames } from './arms.ts';

const dayMs = 86_400_000;

/** Whether a limited rollout has seen enough at its share to go on to the next one: its part of the plan's minimum. */
export function isStepDone(
  db: ReadableDb,
  { id, state, step, plan, sinceMs }: Rollout,
  nowMs: number,
): boolean {
  const { shares, limited } = plan;
  if (state !== 'limited' || step + 1 >= shares.length) return false;
  if (nowMs - sinceMs < (limited.days * dayMs) / shares.length) return false;
  const judged = armPeriods(db, armNames(id).candidate(step), sinceMs, nowMs);
  return judged.reduce((sum, { parts }) => sum + parts, 0) >= limited.parts / shares.length;
}
