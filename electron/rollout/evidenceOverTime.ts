import type { Rollout } from '../contract/rollout.ts';
import type { ReadableDb } from '../store/db.ts';
import { armPeriods, pairedBlocks, type ArmPeriod, type PairedCell } from '../store/rolloutCounts.ts';
import { enteredMs } from '../store/rollouts.ts';
import { armNames } from './arms.ts';
import { limitedTests, pairedTests, type PhaseTests } from './tests.ts';

/** So many points make a line. */
const mostMoments = 60;

/** What the gates of a phase ask of the parts until a moment. */
export interface EvidenceMoment {
  readonly timeMs: number;
  readonly tests: PhaseTests;
}

/**
 * The gates' tests over ever more of a phase's parts, fewest first; none in full production.
 * @param endedMs of the phase; while it is under way, now
 */
export function evidenceTests(
  db: ReadableDb,
  rollout: Rollout,
  { endedMs, nowMs }: { endedMs: number; nowMs: number },
): EvidenceMoment[] {
  if (rollout.state === 'verification') return pairedMoments(db, rollout);
  return rollout.state === 'limited' ? limitedMoments(db, rollout, endedMs, nowMs) : [];
}

function pairedMoments(db: ReadableDb, rollout: Rollout): EvidenceMoment[] {
  const cells: PairedCell[] = [];
  return pairedBlocks(db, rollout.id, mostMoments).map((block) => {
    cells.push(...block.cells);
    const tests = pairedTests(rollout, { current: [], candidate: [], cells });
    return { timeMs: block.untilMs, tests };
  });
}

function limitedMoments(db: ReadableDb, rollout: Rollout, endedMs: number, nowMs: number): EvidenceMoment[] {
  const { id, state, sinceMs } = rollout;
  const { currents, candidates } = armNames(id);
  const fromMs = enteredMs(db, id, state) ?? sinceMs;
  const current = armPeriods(db, currents, fromMs, nowMs);
  const candidate = armPeriods(db, candidates, fromMs, nowMs);
  const starts = [...new Set([...current, ...candidate].map(({ startMs }) => startMs))].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(starts.length / mostMoments));
  // Each moment is the beginning of a period that is left out; the last leaves out none.
  const moments = [...starts.slice(1).filter((_, at) => (starts.length - 1 - at) % step === 0), Infinity];
  return (starts.length === 0 ? [] : moments).map((untilMs) => {
    const before = ({ startMs }: ArmPeriod) => startMs < untilMs;
    const counts = { current: current.filter(before), candidate: candidate.filter(before), cells: [] };
    return { timeMs: Math.min(untilMs, endedMs), tests: limitedTests(rollout, counts) };
  });
}
