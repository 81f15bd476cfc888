import { z } from 'zod';
import { Interval } from './domain.ts';

/**
 * What the counts of a rollout prove; asked of the engine. Everything is a function of counts on record, so that it is
 * the same after a restart and whoever computes it.
 */

const Count = z.number().int().nonnegative();

/** `hits` of `of`. */
export const Trials = z.object({ hits: Count, of: Count });
export type Trials = z.infer<typeof Trials>;

const Rate = z.number().gt(0).lt(1);

/** Trials within one minute or hour. */
export const TrialPeriod = Trials.extend({
  /** Number of its first minute, counted from 1 at the beginning of the phase. */
  minute: z.number().int().positive(),
  /** The rate that is to be exceeded in it. */
  rate: Rate,
});
export type TrialPeriod = z.infer<typeof TrialPeriod>;

export const RolloutTest = z.discriminatedUnion('kind', [
  /** That a rate lies below or above a given one in all strata together. */
  z.object({
    kind: z.literal('rate'),
    is: z.enum(['below', 'above']),
    strata: z.array(Trials.extend({ rate: Rate })),
  }),
  /** That a rate is exceeded since some minute that nobody knows; periods oldest first. */
  z.object({ kind: z.literal('since'), periods: z.array(TrialPeriod) }),
  /** The same against what was measured of the other model, at the upper end of its interval: times `ratio`, plus `margin`. */
  z.object({
    kind: z.literal('excess'),
    reference: Trials,
    ratio: z.number().positive(),
    margin: z.number().min(0).lt(1),
    alpha: Rate,
    periods: z.array(TrialPeriod.omit({ rate: true })),
  }),
  /** That the candidate's rate lies below the current one's plus a margin, from different parts. */
  z.object({
    kind: z.literal('margin'),
    margin: z.number().min(0).lt(1),
    current: Trials,
    candidate: Trials,
  }),
]);
export type RolloutTest = z.infer<typeof RolloutTest>;

export const WeighRolloutJob = z.object({
  tests: z.record(z.string(), RolloutTest),
  /** Rates whose 95 % intervals are wanted. */
  rates: z.record(z.string(), Trials),
});
export type WeighRolloutJob = z.infer<typeof WeighRolloutJob>;

export const WeighRolloutReply = z.object({
  /** ln of the e-value of each test: from ln(1/α) on, its claim is shown at level α, at whatever look. */
  evidence: z.record(z.string(), z.number()),
  /** `null` without trials. */
  intervals: z.record(z.string(), Interval.nullable()),
});
export type WeighRolloutReply = z.infer<typeof WeighRolloutReply>;
