import { planOf, type Rollout, type RolloutPhase } from '../../../electron/contract/rollout.ts';
import type { Verdict } from '../../../electron/contract/verdict.ts';
import { armNames } from '../../../electron/rollout/arms.ts';
import type { PhaseCounts } from '../../../electron/rollout/counts.ts';
import type { ArmPeriod, PairedCell, PairedMinute } from '../../../electron/store/rolloutCounts.ts';
import type { Random } from '../../../native-models/random.ts';
import type { VerdictChances } from './demoRates.ts';

/** What both models do on a line; their errors on one part are independent, which is the hardest case. */
export interface SimulatedLine {
  readonly current: VerdictChances;
  /** In a minute, counted from 0. */
  readonly candidate: (minute: number) => VerdictChances;
  readonly defectRate: number;
}

export const minutes = 40;
export const partsPerMinute = 180;
const minuteMs = 60_000;
/** Share of the OK parts that somebody looks at. */
const auditShare = 0.5;

/** A plan that is passed by what is shown, not by waiting. */
export function simulatedRollout(state: RolloutPhase): Rollout {
  const least = { parts: 500, days: 0 };
  const plan = { ...planOf.poc, sourceIds: [1], verification: least, limited: least };
  return {
    ...{ id: 1, productId: 1, currentModelId: 1, candidateModelId: 2, salt: 'a5', state, step: 0 },
    plan: { ...plan, shares: [0.2, 0.5], escapeMargin: 0.01, robustness: false },
    ...{ createdMs: 0, sinceMs: 0 },
  };
}

export interface Look {
  readonly rollout: Rollout;
  readonly counts: PhaseCounts;
  /** Parts that the candidate has judged. */
  readonly parts: number;
}

interface DrawnPart {
  readonly isDefective: boolean;
  readonly current: Verdict;
  readonly candidate: Verdict;
}

function drawnPart(line: SimulatedLine, minute: number, random: Random): DrawnPart {
  const isDefective = random.uniform() < line.defectRate;
  const truth = isDefective ? 'defective' : 'good';
  const verdictBy = ({ [truth]: chances }: VerdictChances): Verdict => {
    const at = random.uniform();
    if (at < chances.NG) return 'NG';
    return at < chances.NG + chances.REVIEW ? 'REVIEW' : 'OK';
  };
  return { isDefective, current: verdictBy(line.current), candidate: verdictBy(line.candidate(minute)) };
}

/** Where no part waits for a word, nothing is counted up to the first that does. */
const nothing = { current: [], candidate: [], cells: [] };
const withoutPairs = { cells: [], differing: [], shadows: { timesMs: [10], errors: 0 }, settled: nothing };

/** Both models on the same parts, looked at after every minute; people speak on all on which the two differ. */
export function* verification(line: SimulatedLine, random: Random): Generator<Look> {
  const rollout = simulatedRollout('verification');
  const current: ArmPeriod[] = [];
  const cells = new Map<string, PairedCell>();
  const differing: PairedMinute[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const period = new Period(armNames(rollout.id).shadow, minute);
    const ofMinute = new Map<string, PairedMinute>();
    for (let i = 0; i < partsPerMinute; i++) {
      const { isDefective, current: decided, candidate: shadow } = drawnPart(line, minute, random);
      const human = decided === 'OK' && shadow === 'OK' ? null : isDefective ? 'ng' : 'ok';
      period.add(decided, isDefective, false);
      addTo(cells, { decided, shadow, human, parts: 1 });
      if (decided !== shadow) {
        addTo(ofMinute, { decided, shadow, human, parts: 1, startMs: period.startMs });
      }
    }
    current.push(period.figures);
    differing.push(...ofMinute.values());
    const compared = { current, candidate: [], cells: [...cells.values()] };
    const times = { beganMs: 0, endedMs: (minute + 1) * minuteMs, latencies: [], reference: [] };
    const counts = { ...withoutPairs, ...compared, ...times, differing };
    yield { rollout, counts, parts: (minute + 1) * partsPerMinute };
  }
}

/** The candidate on a share of the parts that rises half way, looked at after every minute. */
export function* limited(line: SimulatedLine, random: Random): Generator<Look> {
  const current: ArmPeriod[] = [];
  const candidate: ArmPeriod[] = [];
  let parts = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const step = minute < minutes / 2 ? 0 : 1;
    const rollout = { ...simulatedRollout('limited'), step };
    const arms = armNames(rollout.id);
    const periods = [
      new Period(arms.current(step), minute),
      new Period(arms.candidate(step), minute),
    ] as const;
    for (let i = 0; i < partsPerMinute; i++) {
      const isCandidates = random.uniform() < rollout.plan.shares[step]!;
      const drawn = drawnPart(line, minute, random);
      const verdict = isCandidates ? drawn.candidate : drawn.current;
      periods[isCandidates ? 1 : 0].add(verdict, drawn.isDefective, random.uniform() < auditShare);
    }
    current.push(periods[0].figures);
    candidate.push(periods[1].figures);
    parts += periods[1].figures.parts;
    const compared = { current, candidate, cells: [] };
    const times = { beganMs: 0, endedMs: (minute + 1) * minuteMs, latencies: [], reference: [] };
    yield { rollout, counts: { ...withoutPairs, ...compared, ...times }, parts };
  }
}

/** The candidate on all parts, against an hour in which the model in use was measured. */
export function* full(line: SimulatedLine, random: Random): Generator<Look> {
  const rollout = simulatedRollout('full');
  const arms = armNames(rollout.id);
  const reference = Array.from({ length: minutes }, (_, minute) => {
    const period = new Period(arms.current(1), minute);
    for (let i = 0; i < partsPerMinute; i++) {
      const { current, isDefective } = drawnPart(line, minute, random);
      period.add(current, isDefective, random.uniform() < auditShare);
    }
    return period.figures;
  });
  const candidate: ArmPeriod[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const period = new Period(arms.full, minute);
    for (let i = 0; i < partsPerMinute; i++) {
      const drawn = drawnPart(line, minute, random);
      period.add(drawn.candidate, drawn.isDefective, random.uniform() < auditShare);
    }
    candidate.push(period.figures);
    const compared = { current: [], candidate, cells: [] };
    const times = { beganMs: 0, endedMs: (minute + 1) * minuteMs, latencies: [], reference };
    const counts = { ...withoutPairs, ...compared, ...times };
    yield { rollout, counts, parts: (minute + 1) * partsPerMinute };
  }
}

/** The same for the gates, which sum over periods anyway; the guards, which do not, are not to be asked with it. */
export function summed(counts: PhaseCounts): PhaseCounts {
  const { current, candidate } = counts;
  return { ...counts, current: byArm(current), candidate: byArm(candidate), differing: [] };
}

function byArm(periods: readonly ArmPeriod[]): ArmPeriod[] {
  const sums = new Map<string, ArmPeriod>();
  for (const period of periods) {
    const sum = sums.get(period.arm);
    const add = (figure: (typeof figures)[number]) => (sum?.[figure] ?? 0) + period[figure];
    const added = Object.fromEntries(figures.map((figure) => [figure, add(figure)]));
    sums.set(period.arm, { ...period, ...added, startMs: sum?.startMs ?? period.startMs });
  }
  return [...sums.values()];
}

const figures = ['parts', 'ng', 'review', 'falseAlarms', 'escapes', 'audited'] as const;

function addTo<Cell extends PairedCell>(cells: Map<string, Cell>, cell: Cell): void {
  const key = `${cell.decided} ${cell.shadow} ${cell.human}`;
  const before = cells.get(key);
  cells.set(key, before ? { ...before, parts: before.parts + cell.parts } : cell);
}

/** One minute of an arm; every reject has a human's word. */
class Period {
  readonly startMs: number;
  readonly #arm: string;
  readonly #counts = { parts: 0, ng: 0, review: 0, falseAlarms: 0, escapes: 0, audited: 0 };

  constructor(arm: string, minute: number) {
    this.#arm = arm;
    this.startMs = minute * minuteMs;
  }

  add(verdict: Verdict, isDefective: boolean, isAudited: boolean): void {
    const counts = this.#counts;
    counts.parts += 1;
    if (verdict === 'NG') {
      counts.ng += 1;
      if (!isDefective) counts.falseAlarms += 1;
    } else if (verdict === 'REVIEW') counts.review += 1;
    else if (isAudited) {
      counts.audited += 1;
      if (isDefective) counts.escapes += 1;
    }
  }

  get figures(): ArmPeriod {
    const { startMs } = this;
    return {
      arm: this.#arm,
      startMs,
      ...this.#counts,
      unconfirmed: 0,
      errors: 0,
      latencies: new Map([[40, 1]]),
    };
  }
}
