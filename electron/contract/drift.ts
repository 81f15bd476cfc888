import { z } from 'zod';
import { Id, TimeMs } from './domain.ts';

/** A few figures of one picture; brightness, contrast and noise are shares of full scale, positions of its sides. */
export const PictureFigures = z.object({
  brightness: z.number(),
  contrast: z.number(),
  sharpness: z.number(),
  noise: z.number(),
  positionX: z.number(),
  positionY: z.number(),
});
export type PictureFigures = z.infer<typeof PictureFigures>;

/** What is watched of each part: the model's score and the figures of its picture. */
export const driftFeatures = [
  'score',
  'brightness',
  'contrast',
  'sharpness',
  'noise',
  'positionX',
  'positionY',
] as const;
export const DriftFeature = z.enum(driftFeatures);
export type DriftFeature = z.infer<typeof DriftFeature>;

export const FeatureMove = z.object({
  feature: DriftFeature,
  /** Kolmogorov–Smirnov distance, and its p times the number of features. */
  distance: z.number(),
  p: z.number(),
  /** Significantly, and beyond what the reference itself swings by. */
  hasMoved: z.boolean(),
  /** Medians of the reference and now. */
  from: z.number(),
  to: z.number(),
  /** In standard deviations of the reference; `null` where it does not vary. */
  shift: z.number().nullable(),
});
export type FeatureMove = z.infer<typeof FeatureMove>;

/** What to do: see to the light, the lens, the camera or the holder; or teach the model what is normal now. */
export const driftAdvice = ['light', 'lens', 'camera', 'holder', 'retrain'] as const;
export const DriftAdvice = z.enum(driftAdvice);
export type DriftAdvice = z.infer<typeof DriftAdvice>;

/** A part to show: its picture, where it was kept. */
export const DriftExample = z.object({ id: Id, timeMs: TimeMs, imageKept: z.boolean() });
export type DriftExample = z.infer<typeof DriftExample>;

export const DriftAlarm = z.object({
  id: Id,
  productId: Id,
  modelId: Id,
  timeMs: TimeMs,
  /** Of the part with which it most likely began. */
  sinceMs: TimeMs,
  /** `window`: the newest parts differ from the reference; `stream`: one feature has moved slowly. */
  by: z.enum(['window', 'stream']),
  /** Those that moved first. */
  features: z.array(FeatureMove),
  advice: DriftAdvice,
  before: z.array(DriftExample),
  after: z.array(DriftExample),
  acknowledged: z.object({ timeMs: TimeMs, actor: z.string(), reason: z.string() }).nullable(),
});
export type DriftAlarm = z.infer<typeof DriftAlarm>;

/** How one product, judged by one model, stands against its reference. */
export const DriftWatch = z.object({
  productId: Id,
  modelId: Id,
  /** When the reference was begun. */
  startedMs: TimeMs,
  /** Parts in the reference, and how many it will have. */
  reference: z.object({ parts: z.number().int(), of: z.number().int() }),
  /** The newest comparison; `null` before the first. */
  look: z
    .object({
      timeMs: TimeMs,
      features: z.array(FeatureMove),
      /** p of all features together. */
      togetherP: z.number(),
      /** The same of how the network sees the parts; `null` where it has not told. */
      embeddingP: z.number().nullable(),
      isSuspect: z.boolean(),
    })
    .nullable(),
  /** Population stability index of the score; `null` below 500 parts. */
  stability: z.number().nullable(),
});
export type DriftWatch = z.infer<typeof DriftWatch>;

export const DriftReport = z.object({
  /** `null`: no part with a model yet. */
  watch: DriftWatch.nullable(),
  /** Of the product, the newest 20, newest first. */
  alarms: z.array(DriftAlarm),
});
export type DriftReport = z.infer<typeof DriftReport>;

// ---- asked of the engine ----------------------------------------------------------------------

/** See native-models/statistics/drift/watch.ts. */
export const DriftPlan = z.object({
  referenceParts: z.number().int(),
  windowParts: z.number().int(),
  alpha: z.number(),
  looks: z.number().int(),
  streamDelta: z.number(),
  beyond: z.number(),
});
export type DriftPlan = z.infer<typeof DriftPlan>;

const Bucket = z.object({ size: z.number(), sum: z.number(), squares: z.number() });
const Swing = z.object({ centre: z.number(), spread: z.number(), swing: z.number() });

/** What parts alone do not tell of a watch. */
export const DriftMemory = z.object({
  seen: z.number().int(),
  suspicions: z.number().int(),
  swings: z.object({
    features: z.record(DriftFeature, Swing),
    together: z.number(),
    embedding: z.number().nullable(),
  }),
  streams: z.partialRecord(DriftFeature, z.object({ buckets: z.array(Bucket), seen: z.number().int() })),
});
export type DriftMemory = z.infer<typeof DriftMemory>;

const Rows: z.ZodType<Float64Array, Float64Array> = z.instanceof(Float64Array);

/** The next parts of one watch, in rows as engine/driftRows.ts packs them. */
export const DriftJob = z.object({
  plan: DriftPlan,
  /** `null`: the reference has just been completed. */
  memory: DriftMemory.nullable(),
  /** Numbers of an embedding. */
  embedding: z.number().int().nonnegative(),
  /** Complete. */
  reference: Rows,
  /** After it, the newest that have been watched. */
  recent: Rows,
  parts: Rows,
});
export type DriftJob = z.infer<typeof DriftJob>;

export const DriftFinding = z.object({
  /** Of the part with which it was found. */
  number: z.number().int(),
  look: z
    .object({
      features: z.array(FeatureMove),
      togetherP: z.number(),
      embeddingP: z.number().nullable(),
      isSuspect: z.boolean(),
    })
    .nullable(),
  call: z
    .object({ by: z.enum(['window', 'stream']), features: z.array(FeatureMove), partsAgo: z.number().int() })
    .nullable(),
});
export type DriftFinding = z.infer<typeof DriftFinding>;

export const DriftJobReply = z.object({ memory: DriftMemory, findings: z.array(DriftFinding) });
export type DriftJobReply = z.infer<typeof DriftJobReply>;
