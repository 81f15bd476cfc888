import { z } from 'zod';
import { Comparison, ComparisonKind, comparisonKinds } from './comparisons.ts';
import { FilePath, Id, Inspection, Name, TimeMs } from './domain.ts';
import { FineTunePlan, FineTuneReply, FineTuneSettings, SiteReply } from './engine.ts';
import { LeftOut, Screening } from './screening.ts';
import { ConditionName } from './site.ts';

/** Whether a text is a regular expression. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}

/** What a product's model is retrained on: parts on record, a labelled data set, or both. */
export const RetrainParts = z.object({
  productId: Id,
  /** `confirmed`: those a human said a word on; `andOk`: also those judged OK that nobody has spoken about. */
  records: z.enum(['none', 'confirmed', 'andOk']),
  /** Class folders, the layout of MVTec AD, or a CSV file. */
  path: FilePath.nullable(),
  /** What related images of `path` share: a column of the CSV file, or a part of their file names. */
  groupColumn: z.string().trim().min(1).max(120).nullable(),
  groupPattern: z.string().min(1).max(500).refine(isPattern).nullable(),
});
export type RetrainParts = z.infer<typeof RetrainParts>;

/** How the sides are kept apart: as the data say, by their groups, by lot, or in stretches that follow each other. */
export const splitBasis = ['given', 'group', 'lot', 'stretch'] as const;

export const PartsSurvey = z.object({
  /** Good parts (`ok`) first. */
  classes: z.array(z.object({ label: z.string(), images: z.number().int(), groups: z.number().int() })),
  split: z.array(z.enum(splitBasis)),
  /** Newest first, at most 60 of `correctedCount`. */
  corrected: z.array(Inspection),
  correctedCount: z.number().int(),
  /** Parts on record whose picture was not kept. */
  unkept: z.number().int(),
  /** Share of the line's parts that are defective, since the oldest part on record taken; `null`: too few words tell. */
  defectRate: z.number().min(0).max(1).nullable(),
});
export type PartsSurvey = z.infer<typeof PartsSurvey>;

export const RetrainRequest = z.object({
  /** Of the run, and of the model it makes until somebody names it. */
  name: Name,
  parts: RetrainParts,
  settings: FineTuneSettings,
  /** Parts found suspect that take no part: neither trained nor tested on. Their files stay. */
  leftOut: LeftOut,
  /** Trained after the run, one after the other, each at a cost of its own. */
  compare: z.array(ComparisonKind).max(comparisonKinds.length),
});
export type RetrainRequest = z.infer<typeof RetrainRequest>;

/** Weights as measured on the validation side. */
export const RunFigures = z.object({
  /** Images judged right, 0..1: undisturbed, under the site's disturbances, under PGD. */
  clean: z.number(),
  site: z.number(),
  robust: z.number().optional(),
  /** Per 1,000 parts. */
  expectedCost: z.number(),
  falseAlarmRate: z.number().optional(),
  escapeRate: z.number().optional(),
  validationLoss: z.number(),
});
export type RunFigures = z.infer<typeof RunFigures>;

export const EpochFigures = RunFigures.extend({
  epoch: z.number().int(),
  loss: z.number(),
  /** Floating-point operations so far. */
  flops: z.number(),
});
export type EpochFigures = z.infer<typeof EpochFigures>;

/** A plan, or a retraining from its start to its result. */
export const RetrainRun = z.object({
  request: RetrainRequest,
  plan: FineTunePlan.nullable(),
  /** Of all parts, those left out among them; `null`: not yet screened. */
  screening: Screening.nullable().default(null),
  /** The model in use, at the start. */
  current: RunFigures.nullable(),
  epochs: z.array(EpochFigures),
  isPaused: z.boolean(),
  result: FineTuneReply.nullable(),
  /** In the order of the request. */
  comparisons: z.array(Comparison),
});
export type RetrainRun = z.infer<typeof RetrainRun>;

/** Names the run's folder; nothing that leads out of the folder of runs. */
export const RunId = z.string().regex(/^retrain-\d+-\d+$/);

/** How a run stands. `interrupted`: Kenro ended before it did; it can go on. */
export const RunState = z.enum(['running', 'done', 'failed', 'cancelled', 'interrupted']);
export type RunState = z.infer<typeof RunState>;

/** A run of this or an earlier start, in a list. */
export const RunSummary = z.object({
  id: RunId,
  title: z.string(),
  productId: Id,
  /** When it was last begun or gone on with. */
  startedMs: TimeMs,
  state: RunState,
  epochs: z.object({ done: z.number().int(), of: z.number().int() }),
  currency: z.string(),
  /** Expected cost on the test side, of the model in use then and of the one made. */
  cost: z.object({ before: z.number(), after: z.number() }).nullable(),
  isCandidate: z.boolean(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const PreviewRequest = z.object({
  parts: RetrainParts,
  condition: ConditionName,
  /** Which of the good parts; counted round. */
  index: z.number().int().nonnegative(),
});
/** base64 of JPEG. */
export const Preview = z.object({ file: z.string(), plain: z.string(), disturbed: z.string() });
export type Preview = z.infer<typeof Preview>;

export const SiteEstimate = SiteReply.omit({ matches: true });
export type SiteEstimate = z.infer<typeof SiteEstimate>;
