import { z } from 'zod';
import { Counters, Id, Inspection, TimeMs } from './domain.ts';
import { Verdict } from './verdict.ts';

/** All parts that match every given field. Times are half open: `from` ≤ t < `to`. */
export const HistoryFilter = z.object({
  fromMs: TimeMs.nullable(),
  toMs: TimeMs.nullable(),
  productId: Id.nullable(),
  sourceId: Id.nullable(),
  modelId: Id.nullable(),
  verdicts: z.array(Verdict).nullable(),
  /** `any` = a human said something, `none` = nobody did, `overridden` = the human disagreed. */
  human: z.enum(['any', 'none', 'overridden']).nullable(),
  /** Exact serial or lot. */
  text: z.string().max(120).nullable(),
  /** Defect type. */
  label: z.string().max(120).nullable(),
});
export type HistoryFilter = z.infer<typeof HistoryFilter>;

export const everything: HistoryFilter = {
  fromMs: null,
  toMs: null,
  productId: null,
  sourceId: null,
  modelId: null,
  verdicts: null,
  human: null,
  text: null,
  label: null,
};

/** Keyset paging, newest first: `before` is the id of the last row of the page before, `after` walks back. */
export const HistoryPageRequest = z.object({
  filter: HistoryFilter,
  before: Id.nullable(),
  after: Id.nullable(),
  limit: z.number().int().min(1).max(500),
});
export const HistoryPage = z.object({
  rows: z.array(Inspection),
  /** Whether there are rows beyond the last / before the first of this page. */
  older: z.boolean(),
  newer: z.boolean(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

export const TrendRequest = z.object({
  filter: HistoryFilter.pick({ productId: true, sourceId: true, modelId: true }),
  fromMs: TimeMs,
  toMs: TimeMs,
  bucket: z.enum(['minute', 'hour', 'day']),
});
export const TrendPoint = Counters.extend({
  startMs: TimeMs,
  scoreMean: z.number().nullable(),
  latencyMeanMs: z.number().nullable(),
  latencyMaxMs: z.number().nullable(),
});
export type TrendPoint = z.infer<typeof TrendPoint>;
export type TrendRequest = z.infer<typeof TrendRequest>;

/** Parts of each defect type that a filter finds, the commonest first. Parts without a defect type are not counted. */
export const DefectCount = z.object({ label: z.string(), parts: z.number().int(), ng: z.number().int() });
export type DefectCount = z.infer<typeof DefectCount>;
export type HistoryPageRequest = z.infer<typeof HistoryPageRequest>;
