import { z } from 'zod';
import { FilePath, Id, Inspection, Name } from './domain.ts';
import { FineTunePlan, FineTuneReply, FineTuneSettings, SiteReply } from './engine.ts';
import { ConditionName } from './site.ts';

/** What a product's model is retrained on: parts on record, a labelled data set, or both. */
export const RetrainParts = z.object({
  productId: Id,
  /** `confirmed`: those a human said a word on; `andOk`: also those judged OK that nobody has spoken about. */
  records: z.enum(['none', 'confirmed', 'andOk']),
  /** Class folders, the layout of MVTec AD, or a CSV file. */
  path: FilePath.nullable(),
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
});
export type PartsSurvey = z.infer<typeof PartsSurvey>;

export const RetrainRequest = z.object({
  /** Of the run, and of the model it makes until somebody names it. */
  name: Name,
  parts: RetrainParts,
  settings: FineTuneSettings,
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

export const EpochFigures = RunFigures.extend({ epoch: z.number().int(), loss: z.number() });
export type EpochFigures = z.infer<typeof EpochFigures>;

/** A plan, or a retraining from its start to its result. */
export const RetrainRun = z.object({
  request: RetrainRequest,
  plan: FineTunePlan.nullable(),
  /** The model in use, at the start. */
  current: RunFigures.nullable(),
  epochs: z.array(EpochFigures),
  isPaused: z.boolean(),
  result: FineTuneReply.nullable(),
});
export type RetrainRun = z.infer<typeof RetrainRun>;

export const PreviewRequest = z.object({
  parts: RetrainParts,
  condition: ConditionName,
  /** Which of the good parts; counted round. */
  index: z.number().int().nonnegative(),
});
/** base64 of JPEG. */
export const Preview = z.object({ file: z.string(), plain: z.string(), disturbed: z.string() });
export type Preview = z.infer<typeof Preview>;

export const SiteEstimate = SiteReply.pick({ weights: true, images: true, skipped: true, seconds: true });
export type SiteEstimate = z.infer<typeof SiteEstimate>;
