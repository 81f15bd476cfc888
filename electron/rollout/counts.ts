import type { ArmFigures, Rollout } from '../contract/rollout.ts';
import type { Trials } from '../contract/rolloutEvidence.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { ReadableDb } from '../store/db.ts';
import {
  armPeriods,
  differingMinutes,
  firstOpenDisagreement,
  minuteLatencies,
  p95Of,
  pairedCells,
  shadowTimes,
  type ArmPeriod,
  type PairedCell,
  type PairedMinute,
} from '../store/rolloutCounts.ts';
import { enteredMs, leftBy } from '../store/rollouts.ts';
import { armNames } from './arms.ts';

/** Parts of a phase that are compared. */
export interface ComparedCounts {
  /** Of the model in use. */
  readonly current: readonly ArmPeriod[];
  /** Of the candidate, where it decides. */
  readonly candidate: readonly ArmPeriod[];
  /** In verification; else empty. */
  readonly cells: readonly PairedCell[];
}

/** What is on record of a phase, before anything is computed from it. */
export interface PhaseCounts extends ComparedCounts {
  /** The same up to the first part that waits for a human's word. */
  readonly settled: ComparedCounts;
  /** When the phase began. */
  readonly beganMs: number;
  /** When it ended; while it is under way, now. */
  readonly endedMs: number;
  /** Of the model in use, from the beginning of the rollout on. */
  readonly reference: readonly ArmPeriod[];
  /** In verification; else empty. */
  readonly differing: readonly PairedMinute[];
  readonly shadows: { readonly timesMs: readonly number[]; readonly errors: number };
  /** 95th percentile of the time on the candidate's parts, minute by minute of the last hour. */
  readonly latencies: readonly number[];
}

/** Newest shadow verdicts whose time is looked at. */
const timedShadows = 1000;
const latencySpanMs = 3_600_000;
/** A minute with fewer parts says nothing about a percentile. */
const fewestParts = 5;

/** What the guards look at, several times a second: not what takes the longer the more parts there are. */
export type GuardCounts = Omit<PhaseCounts, 'cells' | 'settled' | 'shadows' | 'endedMs'>;

/** Reads what a rollout's phase has on record. */
export function phaseCounts(db: ReadableDb, rollout: Rollout, nowMs: number): PhaseCounts {
  const counts = guardCounts(db, rollout, nowMs);
  const { id, state } = rollout;
  const endedMs = leftBy(db, id, state)?.timeMs ?? nowMs;
  if (state !== 'verification') {
    const compared = { ...counts, cells: [] };
    return { ...compared, endedMs, settled: settledPeriods(compared), shadows: { timesMs: [], errors: 0 } };
  }
  const { current, candidate } = counts;
  return {
    ...counts,
    endedMs,
    cells: pairedCells(db, id),
    settled: { current, candidate, cells: settledCells(db, id) },
    shadows: shadowTimes(db, id, timedShadows),
  };
}

export function guardCounts(db: ReadableDb, rollout: Rollout, nowMs: number): GuardCounts {
  const { id, state, createdMs, sinceMs } = rollout;
  const arms = armNames(id);
  const beganMs = enteredMs(db, id, state) ?? sinceMs;
  const isVerification = state === 'verification';
  const judging = { verification: null, limited: arms.candidates, full: arms.full }[state as string] ?? null;
  const reference = [arms.shadow, arms.currents].flatMap((arm) => armPeriods(db, arm, createdMs, nowMs));
  return {
    beganMs,
    current: armPeriods(db, isVerification ? arms.shadow : arms.currents, beganMs, nowMs),
    candidate: judging === null ? [] : armPeriods(db, judging, beganMs, nowMs),
    reference,
    differing: isVerification ? differingMinutes(db, id) : [],
    latencies:
      judging === null
        ? []
        : minuteLatencies(db, judging, Math.max(beganMs, nowMs - latencySpanMs), fewestParts),
  };
}

function settledCells(db: ReadableDb, id: number): PairedCell[] {
  const open = firstOpenDisagreement(db, id);
  return open === null ? [] : pairedCells(db, id, open);
}

function settledPeriods({ current, candidate }: ComparedCounts): ComparedCounts {
  const open = candidate.find(({ unconfirmed }) => unconfirmed > 0)?.startMs ?? 0;
  const isSettled = ({ startMs }: ArmPeriod) => startMs < open;
  return { current: current.filter(isSettled), candidate: candidate.filter(isSettled), cells: [] };
}

/** A figure of an arm over several periods. */
export function total(periods: readonly ArmPeriod[], of: (period: ArmPeriod) => number): number {
  return periods.reduce((sum, period) => sum + of(period), 0);
}

export const rejects = ({ ng, review }: ArmPeriod) => ng + review;

/** Without the interval, which is computed elsewhere. */
export type BareFigures = Omit<ArmFigures, 'falseAlarmInterval'>;

/** Figures of a model that decides on parts of its own. */
export function armFigures(periods: readonly ArmPeriod[]): BareFigures {
  return {
    parts: total(periods, ({ parts }) => parts),
    ng: total(periods, ({ ng }) => ng),
    review: total(periods, ({ review }) => review),
    falseAlarms: total(periods, ({ falseAlarms }) => falseAlarms),
    unconfirmed: total(periods, ({ unconfirmed }) => unconfirmed),
    escapes: total(periods, ({ escapes }) => escapes),
    audited: total(periods, ({ audited }) => audited),
    errors: total(periods, ({ errors }) => errors),
    p95Ms: p95Of(periods.map(({ latencies }) => latencies)),
  };
}

/** Parts of those cells that a condition holds for. */
export function partsOf<Cell extends PairedCell>(
  cells: readonly Cell[],
  isCounted: (cell: Cell) => boolean,
): number {
  return cells.reduce((sum, cell) => sum + (isCounted(cell) ? cell.parts : 0), 0);
}

/** Figures of one of two models that have judged the same parts. */
export function pairedFigures(
  cells: readonly PairedCell[],
  said: (cell: PairedCell) => Verdict,
  { errors, p95Ms }: Pick<BareFigures, 'errors' | 'p95Ms'>,
): BareFigures {
  const count = (verdict: Verdict, isCounted: (cell: PairedCell) => boolean = () => true) =>
    partsOf(cells, (cell) => said(cell) === verdict && isCounted(cell));
  return {
    parts: partsOf(cells, () => true),
    ng: count('NG'),
    review: count('REVIEW'),
    falseAlarms: count('NG', ({ human }) => human === 'ok'),
    unconfirmed: count('NG', ({ human }) => human === null),
    escapes: count('OK', ({ human }) => human === 'ng'),
    audited: count('OK', ({ human }) => human !== null),
    errors,
    p95Ms,
  };
}

/** False alarms among the parts of a model. */
export function falseAlarmTrials({ falseAlarms, parts }: BareFigures): Trials {
  return { hits: falseAlarms, of: parts };
}
