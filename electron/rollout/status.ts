import type { EngineReply, EngineRequest } from '../contract/engine.ts';
import type { Gate, Guard, GuardKind, Rollout, RolloutStatus } from '../contract/rollout.ts';
import {
  armFigures,
  falseAlarmTrials,
  guardCounts,
  pairedFigures,
  partsOf,
  phaseCounts,
  total,
  type BareFigures,
  type ComparedCounts,
  type GuardCounts,
  type PhaseCounts,
} from './counts.ts';
import type { RolloutTest } from '../contract/rolloutEvidence.ts';
import { nearestRank } from '../engine/statistics.ts';
import { nearCeiling } from './latencyGuard.ts';
import {
  excessGuards,
  limitedGuards,
  limitedTests,
  mayEscape,
  pairedGuards,
  pairedTests,
  type GuardTests,
  type PhaseTests,
} from './tests.ts';
import type { ReadableDb } from '../store/db.ts';
import { p95Of } from '../store/rolloutCounts.ts';

/** Whether an evaluation report clears the candidate, and which. */
export interface RobustnessFound {
  readonly title: string;
  readonly passed: boolean;
}

export interface StatusOptions {
  readonly db: ReadableDb;
  readonly weigh: (job: EngineRequest<'weighRollout'>) => Promise<EngineReply<'weighRollout'>>;
  readonly robustness: (rollout: Rollout) => Promise<RobustnessFound | null>;
}

const dayMs = 86_400_000;
type Figures = { readonly current: BareFigures; readonly candidate: BareFigures };

/** How a rollout stands by what is on record; in full production there is nothing left to pass. */
export async function rolloutStatus(
  options: StatusOptions,
  rollout: Rollout,
  nowMs: number,
): Promise<RolloutStatus> {
  const { state } = rollout;
  if (state !== 'verification' && state !== 'limited' && state !== 'full') {
    return { rollout, figures: null, gates: [], guards: [] };
  }
  return statusFrom(options, rollout, phaseCounts(options.db, rollout, nowMs));
}

/** The same from counts, of a rollout that is in one of the phases. */
export async function statusFrom(
  options: Omit<StatusOptions, 'db'>,
  rollout: Rollout,
  counts: PhaseCounts,
): Promise<RolloutStatus> {
  const { state, plan } = rollout;
  const figures = figuresOf(rollout, counts);
  const { evidence, intervals } = await options.weigh({
    tests: {
      ...prefixed('gate', gateTests(rollout, counts)),
      ...prefixed('settled', gateTests(rollout, counts.settled)),
      ...prefixed('guard', guardTests(rollout, counts)),
    },
    rates: {
      current: falseAlarmTrials(figures.current),
      candidate: falseAlarmTrials(figures.candidate),
    },
  });
  const robust = state === 'verification' && plan.robustness ? await options.robustness(rollout) : null;
  return {
    rollout,
    figures: {
      current: { ...figures.current, falseAlarmInterval: intervals['current'] ?? null },
      candidate: { ...figures.candidate, falseAlarmInterval: intervals['candidate'] ?? null },
      missing: missingOf(rollout, counts),
      disagreements: partsOf(counts.cells, ({ decided, shadow }) => decided !== shadow),
    },
    gates: state === 'full' ? [] : gatesOf(rollout, counts, figures, evidence, robust),
    guards: guardsOf(rollout, counts, evidence),
  };
}

/** The guards alone: what is looked at with every few parts. */
export async function rolloutGuards(
  { db, weigh }: Pick<StatusOptions, 'db' | 'weigh'>,
  rollout: Rollout,
  nowMs: number,
): Promise<Guard[]> {
  return guardsFrom(weigh, rollout, guardCounts(db, rollout, nowMs));
}

/** The same from counts. */
export async function guardsFrom(
  weigh: StatusOptions['weigh'],
  rollout: Rollout,
  counts: GuardCounts,
): Promise<Guard[]> {
  const tests = prefixed('guard', guardTests(rollout, counts));
  const { evidence } = await weigh({ tests, rates: {} });
  return guardsOf(rollout, counts, evidence);
}

function figuresOf({ state }: Rollout, counts: PhaseCounts): Figures {
  const { cells, current, candidate, reference, shadows } = counts;
  if (state === 'verification') {
    const ofCurrent = {
      errors: total(current, ({ errors }) => errors),
      p95Ms: p95Of(current.map(({ latencies }) => latencies)),
    };
    return {
      current: pairedFigures(cells, ({ decided }) => decided, ofCurrent),
      candidate: pairedFigures(cells, ({ shadow }) => shadow, {
        errors: shadows.errors,
        p95Ms: shadows.timesMs.length === 0 ? null : nearestRank(shadows.timesMs, 0.95),
      }),
    };
  }
  return { current: armFigures(state === 'full' ? reference : current), candidate: armFigures(candidate) };
}

function missingOf({ state }: Rollout, { current, cells }: PhaseCounts): number {
  if (state !== 'verification') return 0;
  return Math.max(0, total(current, ({ parts }) => parts) - partsOf(cells, () => true));
}

/** None in full production. */
function gateTests(rollout: Rollout, counts: ComparedCounts): Partial<PhaseTests> {
  if (rollout.state === 'verification') return pairedTests(rollout, counts);
  return rollout.state === 'limited' ? limitedTests(rollout, counts) : {};
}

function guardTests(rollout: Rollout, counts: GuardCounts): GuardTests {
  if (rollout.state === 'verification') return pairedGuards(rollout, counts);
  return rollout.state === 'limited' ? limitedGuards(rollout, counts) : excessGuards(rollout, counts);
}

function prefixed(prefix: string, tests: Partial<PhaseTests>): Record<string, RolloutTest> {
  return Object.fromEntries(Object.entries(tests).map(([name, test]) => [`${prefix}.${name}`, test]));
}

type Evidence = Readonly<Record<string, number>>;

function gatesOf(
  rollout: Rollout,
  counts: PhaseCounts,
  { candidate }: Figures,
  evidence: Evidence,
  robust: RobustnessFound | null,
): Gate[] {
  const { plan, step } = rollout;
  const isVerification = rollout.state === 'verification';
  const need = isVerification ? plan.verification : plan.limited;
  const days = (counts.endedMs - counts.beganMs) / dayMs;
  const met = (isMet: boolean) => (isMet ? 'met' : 'open');
  const { alpha, latencyCeilingMs } = plan;
  // The wealth at an earlier moment counts as well: a part that waits for a word takes nothing back that was shown.
  const gathered = (name: string) =>
    Math.max(evidence[`gate.${name}`] ?? 0, evidence[`settled.${name}`] ?? 0);
  const chance = (name: string) => Math.min(1, Math.exp(-gathered(name)));
  const shown = (name: string) => met(gathered(name) >= -Math.log(alpha));
  const judged = candidate.parts;
  const offered = judged + missingOf(rollout, counts);
  const coverage = offered === 0 ? 0 : judged / offered;
  const share = plan.shares[step] as number;
  const lastShare = plan.shares.at(-1) as number;
  const isSlow = candidate.p95Ms !== null && candidate.p95Ms > latencyCeilingMs;
  return [
    { kind: 'parts', state: met(judged >= need.parts), have: judged, need: need.parts },
    { kind: 'days', state: met(days >= need.days), have: days, need: need.days },
    isVerification
      ? { kind: 'coverage', state: met(coverage >= plan.coverage), have: coverage, need: plan.coverage }
      : { kind: 'share', state: met(share === lastShare), have: share, need: lastShare },
    {
      kind: 'falseAlarms',
      ...{ state: shown('falseAlarms'), chance: chance('falseAlarms'), alpha },
      unconfirmed: candidate.unconfirmed,
    },
    {
      kind: 'escapes',
      ...{ state: shown('escapes'), chance: chance('escapes'), alpha, margin: plan.escapeMargin },
      undecided: partsOf(counts.cells, (cell) => mayEscape(cell) && cell.human === null),
    },
    {
      kind: 'latency',
      state: isSlow ? 'failed' : met(candidate.p95Ms !== null),
      ...{ have: candidate.p95Ms, need: latencyCeilingMs },
    },
    ...(isVerification && plan.robustness ? [robustnessGate(robust)] : []),
  ];
}

function robustnessGate(robust: RobustnessFound | null): Gate {
  if (robust === null) return { kind: 'robustness', state: 'open', report: null };
  return { kind: 'robustness', state: robust.passed ? 'met' : 'failed', report: robust.title };
}

function guardsOf({ plan }: Rollout, { latencies }: GuardCounts, evidence: Evidence): Guard[] {
  const limit = -Math.log(plan.guardAlpha);
  const ofTest = (kind: Exclude<GuardKind, 'latency'>) =>
    guard(kind, (evidence[`guard.${kind}`] ?? 0) / limit);
  return [
    ...(['rejects', 'falseAlarms', 'escapes'] as const).map(ofTest),
    guard('latency', nearCeiling(latencies, plan.latencyCeilingMs)),
  ];
}

/** From half way to tripping a guard is worth a look. */
const watchFrom = 0.5;

function guard(kind: GuardKind, reached: number): Guard {
  const level = Math.min(1, Math.max(0, reached));
  return { kind, level, state: level >= 1 ? 'tripped' : level >= watchFrom ? 'watch' : 'calm' };
}
