import { z } from 'zod';
import { Costs } from './costs.ts';
import { Id, Interval, TimeMs } from './domain.ts';

const Amount = z.number().min(0).max(1e15);

/** Half open. */
const Period = z.object({ fromMs: TimeMs, toMs: TimeMs }).refine(({ fromMs, toMs }) => fromMs < toMs, {
  path: ['toMs'],
  message: 'not after fromMs',
});

/** What a return on investment is reckoned from. */
export const RoiPlan = z.object({
  before: Period,
  after: Period,
  costs: Costs.pick({ currency: true, falseAlarm: true, escape: true, review: true, lineStop: true }),
  partsPerMonth: z.number().int().min(1).max(1e12),
  /** Spent once. */
  hardware: Amount,
  work: Amount,
  runningPerMonth: Amount,
  /** So far the curve goes. */
  months: z.number().int().min(1).max(120),
});
export type RoiPlan = z.infer<typeof RoiPlan>;

export const roiItems = ['falseAlarms', 'reviews', 'stops', 'escapes'] as const;
export const RoiItem = z.enum(roiItems);
export type RoiItem = z.infer<typeof RoiItem>;

const Estimate = z.object({ value: z.number(), interval: Interval });
export type RoiEstimate = z.infer<typeof Estimate>;
const Months = z.number().nonnegative().nullable();

/** See native-models/evaluate/payback.ts. */
export const Payback = z.object({
  items: z.array(
    z.object({
      name: RoiItem,
      /** Events per part. */
      before: Estimate,
      after: Estimate,
      monthly: Estimate,
      /** The interval of the saving leaves zero out. */
      isShown: z.boolean(),
    }),
  ),
  monthly: Estimate,
  /** Of the items whose saving, or loss, is shown. */
  shownMonthly: Estimate,
  /** `null`: never. */
  paybackMonths: z.object({ value: Months, interval: z.tuple([Months, Months]) }),
  curve: z.array(Estimate),
});
export type Payback = z.infer<typeof Payback>;

/** Of one name and side: the same share. */
const Counted = z.object({
  name: z.string(),
  hits: z.number().nonnegative(),
  of: z.number().positive(),
});
/** Asked of the engine. */
export const PaybackJob = z.object({
  items: z.array(
    z.object({
      name: RoiItem,
      costEach: Amount,
      before: z.array(Counted),
      after: z.array(Counted),
      stopRule: z.object({ ng: z.number().int(), parts: z.number().int() }).optional(),
    }),
  ),
  partsPerMonth: z.number(),
  investment: Amount,
  runningPerMonth: Amount,
  months: z.number().int(),
  seed: z.number().int().nonnegative(),
});
export type PaybackJob = z.infer<typeof PaybackJob>;

/** Why an item is not reckoned: nobody has judged the parts that would show it, or what it costs is not stated. */
export const RoiGap = z.object({
  item: RoiItem,
  why: z.enum(['noParts', 'noRejectJudged', 'noneAudited', 'noStopRule']),
});
export type RoiGap = z.infer<typeof RoiGap>;

export const Roi = z.object({
  plan: RoiPlan,
  parts: z.object({ before: z.number().int(), after: z.number().int() }),
  /** Rejects that nobody has judged: false alarms may still change. */
  unconfirmed: z.number().int(),
  payback: Payback,
  gaps: z.array(RoiGap),
});
export type Roi = z.infer<typeof Roi>;

export const RoiStart = z.object({
  /** As it was saved last, or what there is to begin with. */
  plan: RoiPlan,
  isSaved: z.boolean(),
  /** Costs were stated for the product's newest retraining. */
  areCostsStated: z.boolean(),
});
export type RoiStart = z.infer<typeof RoiStart>;

export const RoiRequest = z.object({ productId: Id, plan: RoiPlan });
