import { createHash } from 'node:crypto';
import type { Rollout, RolloutPlan } from '../contract/rollout.ts';

/** What there is to know of a part before it is judged. */
export interface PartToAssign {
  readonly sourceId: number;
  readonly serial: string;
  /** With the source it names the part where it has no serial. */
  readonly origin: string;
  readonly lot: string;
  readonly timeMs: number;
}

/** Under which arm a part goes on record, and who judges it. */
export interface Assignment {
  readonly arm: string;
  readonly judge: 'current' | 'candidate';
  /** The candidate judges it too, after the verdict. */
  readonly isShadowed: boolean;
}

/** The arm of parts that no rollout concerns. */
export const mainArm = 'main';
const usual: Assignment = { arm: mainArm, judge: 'current', isShadowed: false };

const buckets = 10_000;

/**
 * Where a unit stands, 0 to 9,999: the first eight bytes of SHA-256 of `salt:unit`, big-endian, mod 10,000. It can be
 * recomputed from what is on record, and is the same after a restart.
 */
export function bucketOf(salt: string, unit: string): number {
  const hash = createHash('sha256').update(`${salt}:${unit}`).digest();
  return Number(hash.readBigUInt64BE() % BigInt(buckets));
}

/** What decides on the arm: a serial, else source and origin; a lot; or a block of time at a source. */
export function unitOf(
  { unit, blockMinutes }: Pick<RolloutPlan, 'unit' | 'blockMinutes'>,
  part: PartToAssign,
): string {
  const own = part.serial === '' ? `${part.sourceId}/${part.origin}` : part.serial;
  if (unit === 'part') return own;
  if (unit === 'lot') return part.lot === '' ? own : part.lot;
  return `${part.sourceId}/${Math.floor(part.timeMs / (blockMinutes * 60_000))}`;
}

/**
 * Which arm a part of the rollout's product belongs to. A share that grows keeps every unit that was the candidate's.
 */
export function assign(
  { id, plan, salt, state, step }: Pick<Rollout, 'id' | 'plan' | 'salt' | 'state' | 'step'>,
  part: PartToAssign,
): Assignment {
  if (!plan.sourceIds.includes(part.sourceId)) return state === 'full' ? fullOf(id) : usual;
  if (state === 'verification') return { arm: armNames(id).shadow, judge: 'current', isShadowed: true };
  if (state === 'full') return fullOf(id);
  if (state !== 'limited') return usual;
  const isCandidates =
    bucketOf(salt, unitOf(plan, part)) < Math.round((plan.shares[step] as number) * buckets);
  const judge = isCandidates ? 'candidate' : 'current';
  return { arm: armNames(id)[judge](step), judge, isShadowed: false };
}

function fullOf(id: number): Assignment {
  return { arm: armNames(id).full, judge: 'candidate', isShadowed: false };
}

/** Names of a rollout's arms, as they stand in the streams of parts. */
export function armNames(id: number) {
  return {
    shadow: `rollout-${id}/shadow`,
    current: (step: number) => `rollout-${id}/current/${step}`,
    candidate: (step: number) => `rollout-${id}/candidate/${step}`,
    /** What those of all steps begin with. */
    currents: `rollout-${id}/current/`,
    candidates: `rollout-${id}/candidate/`,
    full: `rollout-${id}/full`,
  } as const;
}

/** The step of the share under which a part of the limited rollout was assigned. */
export function stepOfArm(arm: string): number {
  return Number(arm.slice(arm.lastIndexOf('/') + 1));
}
