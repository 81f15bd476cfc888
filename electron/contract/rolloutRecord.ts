import type { Share } from './lineRates.ts';
import type { Gate, Guard, RolloutPhase, RolloutStatus } from './rollout.ts';

/** Shares of an arm's parts; `null` without parts. */
export interface ArmRates {
  readonly ng: Share | null;
  readonly review: Share | null;
  readonly falseAlarms: Share | null;
  /** Of the OK parts that were looked at. */
  readonly escapes: Share | null;
}

/** What the first parts of a phase show, by the words on record now. */
export interface EvidencePoint {
  /** Parts until then. */
  readonly timeMs: number;
  /** ln of the e-values; below 0 they speak against the claim. */
  readonly falseAlarms: number;
  readonly escapes: number;
}

/** What is on record of a phase, under way or over. */
export interface PhaseRecord {
  readonly phase: RolloutPhase;
  readonly fromMs: number;
  /** `null`: it is under way. */
  readonly toMs: number | null;
  /** As they stood when the phase was signed off; else by what is on record now. */
  readonly gates: readonly Gate[];
  /** The gates are those that were signed for. */
  readonly isSigned: boolean;
  /** Now, or as the phase was left; empty where that was not kept. */
  readonly guards: readonly Guard[];
  /** By what is on record now: words that came later count. */
  readonly figures: NonNullable<RolloutStatus['figures']>;
  readonly rates: { readonly current: ArmRates; readonly candidate: ArmRates };
  /** Oldest first; empty in full production, which nothing has to be shown of. */
  readonly evidence: readonly EvidencePoint[];
}
