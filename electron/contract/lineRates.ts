import { z } from 'zod';
import { Id, Interval, TimeMs } from './domain.ts';

const Count = z.number().int().nonnegative();

/** A share with its 95 % interval. */
export const Share = z.object({ value: z.number(), interval: Interval });
export type Share = z.infer<typeof Share>;

/** See native-models/evaluate/lineRates.ts. */
export const PassedStratum = z.object({ passed: Count, judged: Count, escapes: Count, known: Count });
export const EscapeEstimate = z.object({
  /** Escapes per part called OK; `null` while no part of the audit sample is judged. */
  share: Share.nullable(),
  /** Parts called OK that the share speaks for. */
  covered: Count,
  passed: Count,
  judged: Count,
  /** Found in the audit sample. */
  escapes: Count,
  /** Found by anybody. */
  known: Count,
  /** So many parts, judged at equal shares, would say as much; 0 while none is judged. */
  effectiveSize: z.number().nonnegative(),
});
export type EscapeEstimate = z.infer<typeof EscapeEstimate>;

export const Rejects = z.object({ parts: Count, falseAlarms: Count, confirmed: Count, unconfirmed: Count });
export const FalseAlarmEstimate = z.object({
  /** False alarms per part. */
  share: Share.nullable(),
  /** Rejects are waiting for a human. */
  isProvisional: z.boolean(),
  unconfirmed: Count,
});
export type FalseAlarmEstimate = z.infer<typeof FalseAlarmEstimate>;

/** Asked of the engine: the rates of periods, each by itself. */
export const LineRatesJob = z.object({
  periods: z.array(z.object({ strata: z.array(PassedStratum), rejects: Rejects })),
});
export type LineRatesJob = z.infer<typeof LineRatesJob>;

export const LineRates = z.object({ escapes: EscapeEstimate, falseAlarms: FalseAlarmEstimate });
export type LineRates = z.infer<typeof LineRates>;

/** Of one product, source or model, or of everything; half open. */
export const LineRatesRequest = z.object({
  productId: Id.nullable(),
  sourceId: Id.nullable(),
  modelId: Id.nullable(),
  fromMs: TimeMs,
  toMs: TimeMs,
});
export type LineRatesRequest = z.infer<typeof LineRatesRequest>;
