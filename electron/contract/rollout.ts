import { z } from 'zod';
import { AnomalyMap, Id, Inspection, Interval, TimeMs } from './domain.ts';
import { Thresholds, Verdict } from './verdict.ts';

/**
 * How a product goes over from the model in use to another one, in three phases. `verification`: the candidate judges
 * the same parts in shadow. `limited`: a share of the parts is judged by it. `full`: all of them are.
 */
export const rolloutPhases = ['verification', 'limited', 'full'] as const;
/** Those in which two models are compared: neither may be changed meanwhile. */
export const comparing = ['verification', 'limited'] as const;
export const RolloutPhase = z.enum(rolloutPhases);
export type RolloutPhase = z.infer<typeof RolloutPhase>;

/** `draft`: being planned. `finished`: the candidate has become the usual model, and another rollout may begin. */
export const RolloutState = z.enum(['draft', ...rolloutPhases, 'finished', 'rolledBack', 'cancelled']);
export type RolloutState = z.infer<typeof RolloutState>;

const Count = z.number().int().nonnegative();
const Share = z.number().gt(0).lt(1);

/** What decides together on the arm of a part in the limited rollout. */
export const assignmentUnits = ['part', 'lot', 'block'] as const;
export const AssignmentUnit = z.enum(assignmentUnits);
export type AssignmentUnit = z.infer<typeof AssignmentUnit>;

/** The least there must be before a phase can be left. */
export const PhaseMinimum = z.object({
  parts: z.number().int().min(1).max(100_000_000),
  days: z.number().min(0).max(3660),
});
export type PhaseMinimum = z.infer<typeof PhaseMinimum>;

export const planTemplates = ['poc', 'month', 'demo'] as const;
export const PlanTemplate = z.enum(planTemplates);
export type PlanTemplate = z.infer<typeof PlanTemplate>;

export const RolloutPlan = z.object({
  /** Only parts of these sources take part. */
  sourceIds: z.array(Id).min(1),
  unit: AssignmentUnit,
  /** Length of a time block in minutes, where that is the unit. */
  blockMinutes: z.number().int().min(1).max(1440),
  /** Share of the parts that the candidate judges in the limited rollout, step by step. */
  shares: z
    .array(Share)
    .min(1)
    .max(10)
    .refine(
      (shares) => shares.every((share, at) => at === 0 || share > (shares[at - 1] as number)),
      'must ascend',
    ),
  verification: PhaseMinimum,
  /** Of the parts that the candidate judges. */
  limited: PhaseMinimum,
  /** Chance that fewer false alarms are claimed although there are not; the same for escapes. */
  alpha: z.number().min(0.0001).max(0.2),
  /** Chance that a guard stops a rollout that is well, each guard by itself. */
  guardAlpha: z.number().min(0.0001).max(0.2),
  /** So much of the parts may pass as additional escapes at most: what is shown is that there are fewer. */
  escapeMargin: z.number().gt(0).max(0.2),
  /** Rejects and reviews of the candidate, as a multiple of those of the model in use, from which a guard trips. */
  rejectRatio: z.number().min(1).max(20),
  /** 95th percentile of the time on a part, ms. */
  latencyCeilingMs: z.number().positive().max(600_000),
  /** Of the parts in verification, so many must have been judged by both. */
  coverage: z.number().min(0).max(1),
  /** An evaluation report must have measured both models, and the candidate must not be dearer. */
  robustness: z.boolean(),
});
export type RolloutPlan = z.infer<typeof RolloutPlan>;

export const Rollout = z.object({
  id: Id,
  productId: Id,
  /** The model in use when it began: the one that rolling back leads to. */
  currentModelId: Id,
  candidateModelId: Id,
  /** Hexadecimal; the arm of a part is a hash of this and its serial, lot or time block. */
  salt: z.string(),
  plan: RolloutPlan,
  state: RolloutState,
  /** Which of `plan.shares` holds. */
  step: Count,
  createdMs: TimeMs,
  /** When the state was entered. */
  sinceMs: TimeMs,
});
export type Rollout = z.infer<typeof Rollout>;

/** Figures of one model over the parts of a phase. */
export const ArmFigures = z.object({
  parts: Count,
  ng: Count,
  review: Count,
  /** NG that a human called OK. */
  falseAlarms: Count,
  /** NG without a human's word: each may be one more. */
  unconfirmed: Count,
  /** OK that a human called NG. */
  escapes: Count,
  /** OK that a human said a word on. */
  audited: Count,
  /** 95 % interval of the false-alarm rate; `null` without parts. */
  falseAlarmInterval: Interval.nullable(),
  /** Could not be judged. */
  errors: Count,
  /** 95th percentile of the time on a part; `null` without parts. */
  p95Ms: z.number().nullable(),
});
export type ArmFigures = z.infer<typeof ArmFigures>;

export const gateStates = ['met', 'open', 'failed'] as const;
const gate = <Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  z.object({ kind: z.literal(kind), state: z.enum(gateStates), ...shape });

/** What has to hold before the next phase. */
export const Gate = z.discriminatedUnion('kind', [
  gate('parts', { have: Count, need: Count }),
  gate('days', { have: z.number(), need: z.number() }),
  gate('coverage', { have: z.number(), need: z.number() }),
  /** The last step of the share is reached. */
  gate('share', { have: z.number(), need: z.number() }),
  /** `chance`: how likely what was seen is at most if the claim were false, at whatever look. */
  gate('falseAlarms', { chance: z.number(), alpha: z.number(), unconfirmed: Count }),
  gate('escapes', { chance: z.number(), alpha: z.number(), margin: z.number(), undecided: Count }),
  gate('latency', { have: z.number().nullable(), need: z.number() }),
  /** Title of the report that says so; `null`: none measures both. */
  gate('robustness', { report: z.string().nullable() }),
]);
export type Gate = z.infer<typeof Gate>;

/** `parity`: the candidate does not give the verdicts any more that were computed when it was made. */
export const guardKinds = ['rejects', 'falseAlarms', 'escapes', 'latency', 'parity'] as const;
export const GuardKind = z.enum(guardKinds);
export type GuardKind = z.infer<typeof GuardKind>;

export const Guard = z.object({
  kind: GuardKind,
  state: z.enum(['calm', 'watch', 'tripped']),
  /** How far it is from calm (0) to tripped (1). */
  level: z.number().min(0).max(1),
});
export type Guard = z.infer<typeof Guard>;

/** How a rollout stands. */
export const RolloutStatus = z.object({
  rollout: Rollout,
  /** `null` in a draft. */
  figures: z
    .object({
      current: ArmFigures,
      candidate: ArmFigures,
      /** In verification: parts that the candidate has not judged. */
      missing: Count,
      /** Parts on which the two differ. */
      disagreements: Count,
    })
    .nullable(),
  gates: z.array(Gate),
  guards: z.array(Guard),
});
export type RolloutStatus = z.infer<typeof RolloutStatus>;

/** One change of a rollout's state or share; the history of its phases. */
export const RolloutStep = z.object({
  id: Id,
  rolloutId: Id,
  timeMs: TimeMs,
  state: RolloutState,
  step: Count,
  actor: z.string(),
  reason: z.string(),
  /** The guard that tripped, where it was one. */
  guard: GuardKind.nullable(),
  /** How it stood then. */
  status: RolloutStatus.omit({ rollout: true }).nullable(),
});
export type RolloutStep = z.infer<typeof RolloutStep>;

/** What the candidate says of a part that the model in use has judged. */
export const ShadowVerdict = z.object({
  inspectionId: Id,
  verdict: Verdict,
  score: z.number().nullable(),
  thresholds: Thresholds,
  label: z.string().nullable(),
});
export type ShadowVerdict = z.infer<typeof ShadowVerdict>;

/** A part on which two models differ. */
export const Disagreement = z.object({
  inspection: Inspection,
  shadow: ShadowVerdict,
  maps: z.object({ current: AnomalyMap.nullable(), candidate: AnomalyMap.nullable() }),
});
export type Disagreement = z.infer<typeof Disagreement>;

export const DisagreementsRequest = z.object({
  id: Id,
  /** Only those without a human's word. */
  open: z.boolean(),
  /** Inspection id from below which they are listed, newest first. */
  before: Id.nullable(),
  limit: z.number().int().min(1).max(50),
});

const usual: Omit<RolloutPlan, 'sourceIds'> = {
  unit: 'part',
  blockMinutes: 60,
  shares: [0.05, 0.2, 0.5],
  verification: { parts: 10_000, days: 30 },
  limited: { parts: 10_000, days: 60 },
  alpha: 0.05,
  guardAlpha: 0.01,
  escapeMargin: 0.002,
  rejectRatio: 1.5,
  latencyCeilingMs: 500,
  coverage: 0.95,
  robustness: true,
};

/** Plans to begin with: three months of PoC, one month, and minutes on the demo line. */
export const planOf: Record<PlanTemplate, Omit<RolloutPlan, 'sourceIds'>> = {
  poc: usual,
  month: {
    ...usual,
    verification: { parts: 3_000, days: 10 },
    limited: { parts: 3_000, days: 20 },
    escapeMargin: 0.005,
  },
  demo: {
    ...usual,
    shares: [0.3, 0.6],
    // As many as the demo line's light takes to drift once up and down: over fewer, luck says which of two models it suits.
    verification: { parts: 400, days: 0 },
    limited: { parts: 80, days: 0 },
    escapeMargin: 0.1,
    rejectRatio: 2,
    latencyCeilingMs: 2_000,
    robustness: false,
  },
};

/** States in which the candidate judges parts, in shadow or for good. */
export function isJudging(state: RolloutState): state is RolloutPhase {
  return rolloutPhases.some((phase) => phase === state);
}
