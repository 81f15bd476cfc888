import { z } from 'zod';
import { Id, TimeMs } from './domain.ts';
import { HistoryFilter } from './history.ts';

/** So many NG among the last so many parts; the same rule as in the costs of a line stop. */
const ShareRule = z
  .object({ ng: z.number().int().min(1).max(1000), parts: z.number().int().min(1).max(1000) })
  .refine(({ ng, parts }) => ng <= parts, { path: ['ng'] });

/** When the line of a product is to be stopped; `null`: never for this. Each source is counted by itself. */
export const StopRules = z.object({
  share: ShareRule.nullable(),
  /** So many NG one after the other. */
  consecutive: z.number().int().min(2).max(1000).nullable(),
  /** As soon as drift is certain. */
  drift: z.boolean(),
});
export type StopRules = z.infer<typeof StopRules>;

export const noStopRules: StopRules = { share: null, consecutive: null, drift: false };

export const stopCauses = ['share', 'consecutive', 'drift'] as const;
export const StopCause = z.enum(stopCauses);
export type StopCause = z.infer<typeof StopCause>;

const Said = z.object({ timeMs: TimeMs, reason: z.string() });

export const LineStop = z.object({
  id: Id,
  timeMs: TimeMs,
  productId: Id,
  /** `null`: of every source of the product. */
  sourceId: Id.nullable(),
  cause: StopCause,
  /** The rule as it was: `ng` NG among `parts` parts; 0 of drift. */
  ng: z.number().int().nonnegative(),
  parts: z.number().int().nonnegative(),
  /** The NG parts that it counted, oldest first. */
  partIds: z.array(Id),
  /** The sound was switched off. */
  muted: Said.nullable(),
  acknowledged: Said.nullable(),
});
export type LineStop = z.infer<typeof LineStop>;

/**
 * By what people said of the counted parts. `unnecessary`: one of them was good, without which the rule would not have
 * been met; `justified`: all are really NG; `open`: not every part has a word yet, or it counted none.
 */
export const stopOutcomes = ['justified', 'unnecessary', 'open'] as const;
export const StopOutcome = z.enum(stopOutcomes);
export type StopOutcome = z.infer<typeof StopOutcome>;

export const JudgedStop = LineStop.extend({
  outcome: StopOutcome,
  /** Of the counted parts those called OK, and those called NG. */
  calledOk: z.number().int(),
  calledNg: z.number().int(),
  /**
   * `raised`: the line was to be stopped. `avoided`: it was not, but with the thresholds before their last change, and
   * one look at each part, the same rule would have stopped it.
   */
  kind: z.enum(['raised', 'avoided']),
  /** Of one raised: the thresholds before would have raised it too. */
  alsoBefore: z.boolean(),
});
export type JudgedStop = z.infer<typeof JudgedStop>;

const Count = z.number().int().nonnegative();
const Outcomes = z.object({ justified: Count, unnecessary: Count, open: Count });

export const StopRequest = z.object({
  filter: HistoryFilter.pick({ productId: true, sourceId: true }),
  fromMs: TimeMs,
  toMs: TimeMs,
});

export const StopList = z.object({
  /** Newest first, the newest 200 of each kind. */
  stops: z.array(JudgedStop),
  raised: Outcomes,
  /** By what people said of the parts that would have been counted. */
  avoided: Outcomes,
  /** Of those raised: the thresholds before would not have raised them. */
  added: Count,
});
export type StopList = z.infer<typeof StopList>;
