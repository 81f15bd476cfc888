import type { AuditAction } from '../../../contract/domain.ts';
import type {
  Gate,
  GuardKind,
  RolloutPhase,
  RolloutState,
  AssignmentUnit,
} from '../../../contract/rollout.ts';
import type { Verdict } from '../../../contract/verdict.ts';
import type { NumberTexts } from '../../formats.ts';

export type ReportedAction = Extract<AuditAction, `rollout.${string}` | `model.${string}`>;
type Arm = 'current' | 'candidate';
export const figureNames = [
  'parts',
  'ng',
  'review',
  'falseAlarms',
  'unconfirmed',
  'escapes',
  'errors',
  'p95',
] as const;
export type FigureName = (typeof figureNames)[number];

/** All words of a rollout report in one language; numbers come formatted. */
export interface RolloutTexts extends NumberTexts {
  readonly title: string;
  readonly madeAt: string;
  readonly state: Readonly<Record<RolloutState, string>>;
  readonly standsSince: (state: string, time: string) => string;
  readonly tried: string;
  readonly product: string;
  readonly arms: Readonly<Record<Arm, string>>;
  readonly thresholds: (review: string, ng: string) => string;
  readonly sources: string;
  readonly plan: Readonly<{
    unit: string;
    shares: string;
    verification: string;
    limited: string;
    alpha: string;
    guardAlpha: string;
    escapeMargin: string;
    rejectRatio: string;
    latency: string;
    coverage: string;
  }>;
  readonly units: Readonly<Record<AssignmentUnit, string>>;
  readonly minimum: (parts: string, days: string) => string;
  readonly phases: string;
  readonly phase: string;
  readonly from: string;
  readonly to: string;
  readonly left: string;
  readonly underWay: string;
  readonly neverBegan: string;
  readonly signed: (name: string, reason: string) => string;
  readonly wentOn: (state: string, name: string, reason: string) => string;
  readonly byGuard: (state: string, guard: string) => string;
  readonly actors: Readonly<Record<'station' | 'operator', string>>;
  /** One sentence of what a phase shows of false alarms. */
  readonly claim: Readonly<
    Record<
      RolloutPhase,
      (figures: { parts: string; currentParts: string; current: string; candidate: string }) => string
    >
  >;
  readonly luck: (n: string) => string;
  readonly mayBeChance: string;
  readonly notFewer: string;
  readonly escapes: (margin: string, n: string) => string;
  readonly escapesOpen: string;
  readonly noParts: string;
  readonly provisional: (count: string) => string;
  readonly figures: string;
  readonly figure: string;
  readonly figureNames: Readonly<Record<FigureName, string>>;
  readonly lookedAt: (found: string, audited: string) => string;
  readonly disagreed: (count: string) => string;
  readonly missing: (count: string) => string;
  readonly gates: string;
  readonly gatesSigned: string;
  readonly gatesNow: string;
  readonly gateStates: Readonly<Record<Gate['state'], string>>;
  readonly gate: Readonly<{
    parts: (have: string, need: string) => string;
    days: (have: string, need: string) => string;
    coverage: (have: string, need: string) => string;
    share: (have: string, need: string) => string;
    falseAlarms: (chance: string, alpha: string) => string;
    escapes: (margin: string, chance: string, alpha: string) => string;
    latency: (have: string, need: string) => string;
    robustness: (report: string) => string;
    robustnessFailed: (report: string) => string;
    robustnessNone: string;
  }>;
  readonly below: (share: string) => string;
  readonly evidence: string;
  readonly evidenceCaption: (oneIn: string) => string;
  readonly claims: Readonly<Record<'falseAlarms' | 'escapes', string>>;
  readonly needed: string;
  readonly oneIn: (n: string) => string;
  readonly guards: string;
  readonly guardsKept: string;
  readonly guardStates: Readonly<Record<'calm' | 'watch' | 'tripped', string>>;
  readonly guard: Readonly<
    Record<GuardKind, (plan: { ratio: string; ceiling: string; margin: string }) => string>
  >;
  readonly differing: string;
  readonly differingShown: (shown: string, all: string) => string;
  readonly noDiffering: string;
  readonly noPicture: string;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly human: Readonly<Record<'ok' | 'ng' | 'none', string>>;
  readonly history: string;
  readonly time: string;
  readonly event: string;
  readonly who: string;
  readonly reason: string;
  readonly shareRaised: (share: string) => string;
  readonly audit: string;
  readonly auditCaption: string;
  readonly auditNumber: string;
  readonly action: string;
  readonly fingerprint: string;
  readonly actions: Readonly<Record<ReportedAction, string>>;
  readonly method: string;
}
