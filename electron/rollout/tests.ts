import type { Rollout } from '../contract/rollout.ts';
import type { RolloutTest, TrialPeriod } from '../contract/rolloutEvidence.ts';
import type { ArmPeriod, PairedCell, PairedMinute } from '../store/rolloutCounts.ts';
import { stepOfArm } from './arms.ts';
import { partsOf, rejects, total, type ComparedCounts, type GuardCounts } from './counts.ts';

/**
 * What is asked of the statistics in each phase. Where a human's word is missing, a gate takes the part to speak against
 * the candidate and a guard takes it to speak for it: doubt neither promotes a model nor stops one.
 */
export interface PhaseTests {
  readonly falseAlarms: RolloutTest;
  readonly escapes: RolloutTest;
}

export type GuardTests = Readonly<Record<'rejects' | 'falseAlarms' | 'escapes', RolloutTest>>;

type Count = (period: ArmPeriod) => number;
const parts: Count = (period) => period.parts;
const confirmed: Count = ({ falseAlarms }) => falseAlarms;
/** With those that nobody has spoken about. */
const possible: Count = ({ falseAlarms, unconfirmed }) => falseAlarms + unconfirmed;
const escaped: Count = ({ escapes }) => escapes;
const audited: Count = (period) => period.audited;

type Is = (cell: PairedCell) => boolean;
const onlyCandidateRejects: Is = ({ decided, shadow }) => decided === 'OK' && shadow !== 'OK';
const onlyCurrentRejects: Is = ({ decided, shadow }) => decided !== 'OK' && shadow === 'OK';
const onlyCandidateNg: Is = ({ decided, shadow }) => decided !== 'NG' && shadow === 'NG';
const onlyCurrentNg: Is = ({ decided, shadow }) => decided === 'NG' && shadow !== 'NG';

/** Escapes of the candidate alone that are confirmed or not ruled out: what it lets pass and the model in use does not. */
export const mayEscape: Is = (cell) => onlyCurrentRejects(cell) && cell.human !== 'ok';

/** Both models judge the same parts: what one gets wrong and the other does not is counted. */
export function pairedTests({ plan }: Rollout, { cells }: ComparedCounts): PhaseTests {
  const fewer = partsOf(cells, (cell) => onlyCurrentNg(cell) && cell.human === 'ok');
  const more = partsOf(cells, (cell) => onlyCandidateNg(cell) && cell.human !== 'ng');
  const both = partsOf(cells, () => true);
  return {
    falseAlarms: { kind: 'rate', is: 'above', strata: [{ rate: 0.5, hits: fewer, of: fewer + more }] },
    // Stricter than the difference, which what the model in use lets pass would make smaller.
    escapes: {
      kind: 'rate',
      is: 'below',
      strata: [{ rate: plan.escapeMargin, hits: partsOf(cells, mayEscape), of: both }],
    },
  };
}

export function pairedGuards({ plan }: Rollout, counts: GuardCounts): GuardTests {
  const { differing, beganMs } = counts;
  const since = (isHit: Is, isMiss: Is, rate: number): RolloutTest => ({
    kind: 'since',
    periods: byMinute(differing, beganMs, isHit, isMiss, rate),
  });
  return {
    rejects: since(onlyCandidateRejects, onlyCurrentRejects, plan.rejectRatio / (plan.rejectRatio + 1)),
    falseAlarms: since(
      (cell) => onlyCandidateNg(cell) && cell.human === 'ok',
      (cell) => onlyCurrentNg(cell) && cell.human !== 'ng',
      0.5,
    ),
    escapes: { kind: 'since', periods: escapePeriods(counts, plan.escapeMargin) },
  };
}

/** Confirmed escapes of the candidate alone among all parts; so many as the margin are agreed to. */
function escapePeriods({ current, differing, beganMs }: GuardCounts, rate: number): TrialPeriod[] {
  const starts = [...new Set(current.map(({ startMs }) => startMs))].sort((one, other) => one - other);
  return starts.map((startMs, at) => {
    const endMs = starts[at + 1] ?? Infinity;
    const within = differing.filter((cell) => cell.startMs >= startMs && cell.startMs < endMs);
    const hits = partsOf(within, (cell) => onlyCurrentRejects(cell) && cell.human === 'ng');
    const parts = total(
      current.filter((period) => period.startMs === startMs),
      (period) => period.parts,
    );
    return { minute: minuteOf(startMs, beganMs), rate, hits, of: Math.max(hits, parts) };
  });
}

function byMinute(
  differing: readonly PairedMinute[],
  beganMs: number,
  isHit: Is,
  isMiss: Is,
  rate: number,
): TrialPeriod[] {
  const starts = [...new Set(differing.map(({ startMs }) => startMs))];
  return starts.flatMap((startMs) => {
    const cells = differing.filter((cell) => cell.startMs === startMs);
    const hits = partsOf(cells, isHit);
    const of = hits + partsOf(cells, isMiss);
    return of === 0 ? [] : [{ minute: minuteOf(startMs, beganMs), rate, hits, of }];
  });
}

/** The candidate judges a share of the parts. */
export function limitedTests(rollout: Rollout, counts: ComparedCounts): PhaseTests {
  const { plan } = rollout;
  const { current, candidate } = counts;
  const trials = (periods: readonly ArmPeriod[], hits: Count, of: Count) => ({
    hits: total(periods, hits),
    of: total(periods, of),
  });
  const escapes: RolloutTest = {
    ...{ kind: 'margin', margin: plan.escapeMargin },
    current: trials(current, escaped, audited),
    candidate: trials(candidate, escaped, audited),
  };
  if (plan.unit === 'part') return { falseAlarms: assignedFalseAlarms(rollout, counts), escapes };
  // Parts of a lot share their arm, so that only the rates can be compared.
  const falseAlarms: RolloutTest = {
    ...{ kind: 'margin', margin: 0 },
    current: trials(current, confirmed, parts),
    candidate: trials(candidate, possible, parts),
  };
  return { falseAlarms, escapes };
}

/**
 * By chance, a false alarm would be the candidate's as often as parts are assigned to it, whatever the line does
 * meanwhile: each is its own stratum. Within one step of the share they are counted together.
 */
function assignedFalseAlarms({ plan }: Rollout, { current, candidate }: ComparedCounts): RolloutTest {
  const strata = plan.shares.map((rate, step) => {
    const ofStep = ({ arm }: ArmPeriod) => stepOfArm(arm) === step;
    const hits = total(candidate.filter(ofStep), possible);
    return { rate, hits, of: hits + total(current.filter(ofStep), confirmed) };
  });
  return { kind: 'rate', is: 'below', strata };
}

export function limitedGuards(rollout: Rollout, counts: GuardCounts): GuardTests {
  const { plan } = rollout;
  if (plan.unit !== 'part') return excessGuards(rollout, counts);
  const since = (hitsOf: Count, missesOf: Count, ratio: number): RolloutTest => ({
    kind: 'since',
    periods: assignedPeriods(rollout, counts, hitsOf, missesOf, ratio),
  });
  return {
    rejects: since(rejects, rejects, plan.rejectRatio),
    falseAlarms: since(confirmed, possible, 1),
    escapes: excessGuards(rollout, counts).escapes,
  };
}

/** Events by the arm they fell on; with a rate `ratio` times the other's, so many of them would be the candidate's. */
function assignedPeriods(
  { plan }: Rollout,
  { current, candidate, beganMs }: GuardCounts,
  hitsOf: Count,
  missesOf: Count,
  ratio: number,
): TrialPeriod[] {
  const found = new Map<string, { startMs: number; step: number; hits: number; misses: number }>();
  const add = (periods: readonly ArmPeriod[], key: 'hits' | 'misses', count: Count) => {
    for (const period of periods) {
      const { startMs, arm } = period;
      const step = stepOfArm(arm);
      const sum = found.get(`${startMs}/${step}`) ?? { startMs, step, hits: 0, misses: 0 };
      found.set(`${startMs}/${step}`, { ...sum, [key]: sum[key] + count(period) });
    }
  };
  add(candidate, 'hits', hitsOf);
  add(current, 'misses', missesOf);
  return [...found.values()]
    .filter(({ hits, misses }) => hits + misses > 0)
    .sort((one, other) => one.startMs - other.startMs || one.step - other.step)
    .map(({ startMs, step, hits, misses }) => {
      const share = plan.shares[step] as number;
      const rate = (share * ratio) / (share * ratio + 1 - share);
      return { minute: minuteOf(startMs, beganMs), rate, hits, of: hits + misses };
    });
}

/** Against what was measured of the model in use, where there is none beside the candidate that chance has chosen. */
export function excessGuards({ plan }: Rollout, { candidate, reference, beganMs }: GuardCounts): GuardTests {
  const excess = (
    hitsOf: Count,
    of: Count,
    { ratio = 1, margin = 0, referenceHits = hitsOf },
  ): RolloutTest => ({
    kind: 'excess',
    ...{ ratio, margin, alpha: plan.guardAlpha },
    reference: { hits: total(reference, referenceHits), of: total(reference, of) },
    periods: candidate
      .map((period) => ({
        minute: minuteOf(period.startMs, beganMs),
        ...{ hits: hitsOf(period), of: of(period) },
      }))
      .filter((period) => period.of > 0)
      .sort((one, other) => one.minute - other.minute),
  });
  return {
    rejects: excess(rejects, parts, { ratio: plan.rejectRatio }),
    falseAlarms: excess(confirmed, parts, { referenceHits: possible }),
    escapes: excess(escaped, audited, { margin: plan.escapeMargin }),
  };
}

function minuteOf(startMs: number, beganMs: number): number {
  return Math.max(1, Math.floor((startMs - beganMs) / 60_000) + 1);
}
