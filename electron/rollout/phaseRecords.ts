import type { EngineRequest } from '../contract/engine.ts';
import { rolloutPhases, type ArmFigures, type Rollout, type RolloutPhase } from '../contract/rollout.ts';
import type { Trials } from '../contract/rolloutEvidence.ts';
import type { ArmRates, EvidencePoint, PhaseRecord } from '../contract/rolloutRecord.ts';
import { enteredMs, leftBy } from '../store/rollouts.ts';
import { evidenceTests } from './evidenceOverTime.ts';
import { rolloutStatus, type StatusOptions } from './status.ts';

/** What is on record of each phase that a rollout has been in, first phase first. Throws what the engine throws. */
export async function phaseRecords(
  options: StatusOptions,
  rollout: Rollout,
  nowMs: number,
): Promise<PhaseRecord[]> {
  const records: PhaseRecord[] = [];
  for (const phase of rolloutPhases) {
    const fromMs = enteredMs(options.db, rollout.id, phase);
    if (fromMs !== null) records.push(await recordOf(options, rollout, phase, fromMs, nowMs));
  }
  return records;
}

async function recordOf(
  options: StatusOptions,
  rollout: Rollout,
  phase: RolloutPhase,
  fromMs: number,
  nowMs: number,
): Promise<PhaseRecord> {
  const { db, weigh } = options;
  const inPhase = { ...rollout, state: phase };
  const now = await rolloutStatus(options, inPhase, nowMs);
  const left = leftBy(db, rollout.id, phase);
  const figures = now.figures!;
  const moments = evidenceTests(db, inPhase, { endedMs: left?.timeMs ?? nowMs, nowMs });
  const { evidence, intervals } = await weigh({
    tests: Object.fromEntries(
      moments.flatMap(({ tests }, at) => [
        [`falseAlarms.${at}`, tests.falseAlarms],
        [`escapes.${at}`, tests.escapes],
      ]),
    ),
    rates: { ...trialsOf('current', figures.current), ...trialsOf('candidate', figures.candidate) },
  });
  const ratesOf = (arm: 'current' | 'candidate'): ArmRates => {
    const share = (what: keyof ArmRates) => {
      const interval = intervals[`${arm}.${what}`] ?? null;
      const { hits, of } = armTrials(figures[arm])[what];
      return interval && { value: hits / of, interval };
    };
    return {
      ...{ ng: share('ng'), review: share('review') },
      ...{ falseAlarms: share('falseAlarms'), escapes: share('escapes') },
    };
  };
  const isSigned = (left?.status?.gates.length ?? 0) > 0;
  return {
    ...{ phase, fromMs, toMs: left?.timeMs ?? null, figures, isSigned },
    gates: isSigned ? left!.status!.gates : now.gates,
    guards: left ? (left.status?.guards ?? []) : now.guards,
    rates: { current: ratesOf('current'), candidate: ratesOf('candidate') },
    evidence: [
      // Before the first part nothing is shown.
      ...(moments.length > 0 ? [{ timeMs: fromMs, falseAlarms: 0, escapes: 0 }] : []),
      ...moments.map(({ timeMs }, at): EvidencePoint => {
        const log = (claim: string) => evidence[`${claim}.${at}`] ?? 0;
        return { timeMs, falseAlarms: log('falseAlarms'), escapes: log('escapes') };
      }),
    ],
  };
}

function armTrials({
  parts,
  ng,
  review,
  falseAlarms,
  escapes,
  audited,
}: ArmFigures): Record<keyof ArmRates, Trials> {
  return {
    ng: { hits: ng, of: parts },
    review: { hits: review, of: parts },
    falseAlarms: { hits: falseAlarms, of: parts },
    escapes: { hits: escapes, of: audited },
  };
}

function trialsOf(arm: string, figures: ArmFigures): EngineRequest<'weighRollout'>['rates'] {
  return Object.fromEntries(
    Object.entries(armTrials(figures)).map(([what, trials]) => [`${arm}.${what}`, trials]),
  );
}
