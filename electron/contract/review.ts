import { z } from 'zod';
import { FilePath, HumanWord, Id, Inspection, Sha256, TimeMs } from './domain.ts';
import { HistoryFilter } from './history.ts';

const Count = z.number().int().nonnegative();

/** Why a part waits for a human. */
export const reviewReasons = ['reject', 'review', 'audit', 'disagreement'] as const;
export const ReviewReason = z.enum(reviewReasons);
export type ReviewReason = z.infer<typeof ReviewReason>;

/** Causes of false alarms that are offered, by the key that is kept as the reason of a word. */
export const falseAlarmCauses = ['dust', 'light', 'position', 'blur', 'withinLimit'] as const;

export const QueueFilter = z.object({
  productId: Id.nullable(),
  /** Earlier parts are left out. */
  fromMs: TimeMs.nullable(),
});
export type QueueFilter = z.infer<typeof QueueFilter>;

/** Newest first; `before` is the id of the last row of the page before. */
export const QueueRequest = QueueFilter.extend({
  reason: ReviewReason.nullable(),
  before: Id.nullable(),
  limit: z.number().int().min(1).max(200),
});
export type QueueRequest = z.infer<typeof QueueRequest>;

export const QueuedPart = z.object({ inspection: Inspection, reason: ReviewReason });
export type QueuedPart = z.infer<typeof QueuedPart>;
export const QueuePage = z.object({ rows: z.array(QueuedPart), older: z.boolean() });
export type QueuePage = z.infer<typeof QueuePage>;

/** How many parts wait, by reason. */
export const QueueLeft = z.record(ReviewReason, Count);
export type QueueLeft = z.infer<typeof QueueLeft>;

/** So many words are given at once at most: seconds of a busy computer, and no more than one sees what one does. */
export const mostWordsAtOnce = 5_000;

/** One word for many parts. By filter, `count` is what the page has shown: another number is refused. */
export const SayManyRequest = z.object({
  parts: z.discriminatedUnion('by', [
    z.object({ by: z.literal('ids'), ids: z.array(Id).min(1).max(mostWordsAtOnce) }),
    z.object({ by: z.literal('filter'), filter: HistoryFilter, count: Count }),
  ]),
  word: HumanWord,
  reason: z.string().trim().min(1).max(500),
});
export type SayManyRequest = z.infer<typeof SayManyRequest>;

/** Words that came together and are taken back together. */
export const WordBatch = z.object({
  id: Id,
  timeMs: TimeMs,
  kind: z.enum(['bulk', 'import']),
  /** The reason, or the name of the file. */
  title: z.string(),
  /** Whose word it has changed. */
  parts: Count,
  undoneMs: TimeMs.nullable(),
});
export type WordBatch = z.infer<typeof WordBatch>;

/** Share of a product's OK parts that a human is shown. */
export const Sampling = z.object({
  productId: Id,
  perTenThousand: z.number().int().min(0).max(10_000),
  sinceMs: TimeMs,
});
export type Sampling = z.infer<typeof Sampling>;

/** The picture of a part that is just about OK, or just about NG. */
export const LimitSample = z.object({
  id: Id,
  inspection: Inspection,
  word: HumanWord,
  /** Defect type; `null`: any. */
  label: z.string().nullable(),
  note: z.string(),
  createdMs: TimeMs,
});
export type LimitSample = z.infer<typeof LimitSample>;
export const NewLimitSample = z.object({
  inspectionId: Id,
  word: HumanWord,
  label: z.string().trim().min(1).max(120).nullable(),
  note: z.string().trim().max(200),
});
export type NewLimitSample = z.infer<typeof NewLimitSample>;

// ---- results from further down the line, by CSV -----------------------------------------------

export const textEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'shift_jis'] as const;

/** What a value of the label column means; `skip`: rows with it are left out without a word. */
export const LabelMeaning = z.enum(['ok', 'ng', 'skip']);
export type LabelMeaning = z.infer<typeof LabelMeaning>;

export const DownstreamMapping = z.object({
  hasHeader: z.boolean(),
  /** Columns count from 0. */
  serial: Count,
  label: Count,
  lot: Count.nullable(),
  /** By value, with spaces around it taken off. */
  meanings: z.record(z.string(), LabelMeaning),
  /** Only parts of this product. */
  productId: Id.nullable(),
  /** Of a serial that was inspected several times. */
  several: z.enum(['newest', 'leaveOut']),
});
export type DownstreamMapping = z.infer<typeof DownstreamMapping>;

export const DownstreamTable = z.object({
  path: FilePath,
  sha256: Sha256,
  encoding: z.enum(textEncodings),
  /** Every line of the file, the header among them. */
  rows: Count,
  /** The first lines. */
  head: z.array(z.array(z.string())),
  columns: Count,
  /** Guessed; `serial` or `label` is `null` where no column looks like it. */
  suggested: z.object({ serial: Count.nullable(), label: Count.nullable(), lot: Count.nullable() }),
  hasHeader: z.boolean(),
  /** Different values of each column, the commonest first, at most 50, with what they are taken to mean. */
  values: z.array(z.array(z.object({ value: z.string(), rows: Count, meaning: LabelMeaning.nullable() }))),
});
export type DownstreamTable = z.infer<typeof DownstreamTable>;

export const rowProblems = [
  'serialMissing',
  'labelUnknown',
  'serialUnknown',
  'serialTwice',
  'labelsConflict',
  'severalParts',
] as const;
export const RowProblem = z.object({
  /** In the file, from 1. */
  line: Count,
  kind: z.enum(rowProblems),
  serial: z.string(),
  label: z.string(),
});
export type RowProblem = z.infer<typeof RowProblem>;

export const DownstreamRequest = z.object({ path: FilePath, sha256: Sha256, mapping: DownstreamMapping });
export type DownstreamRequest = z.infer<typeof DownstreamRequest>;

/** What an import would do. */
export const DownstreamCheck = z.object({
  /** Words that would be recorded. */
  ok: Count,
  ng: Count,
  /** Of those, parts on which another word stands now. */
  overrides: Count,
  /** Parts called OK that turn out defective. */
  escapes: Count,
  /** Rows that say what is on record already. */
  alike: Count,
  /** Rows left out because their value was mapped to nothing. */
  skipped: Count,
  /** Rows left out for something that is wrong with them, by kind. */
  wrong: z.partialRecord(z.enum(rowProblems), Count),
  leftOut: Count,
  /** The first of them. */
  problems: z.array(RowProblem),
});
export type DownstreamCheck = z.infer<typeof DownstreamCheck>;

/** `leftOut`: as many rows as the page has shown and somebody has agreed to; another number is refused. */
export const DownstreamImport = DownstreamRequest.extend({ leftOut: Count });
