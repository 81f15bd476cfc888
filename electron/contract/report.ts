import { z } from 'zod';
import { comparisonKinds } from './comparisons.ts';
import { Costs } from './costs.ts';
import { FilePath } from './domain.ts';
import { AttackPlan, CostComparison, EvaluateReply, LayerChange } from './evaluation.ts';
import { SiteWeights } from './site.ts';
import { Verdict } from './verdict.ts';

/** What a report is written as; the first two in a language. */
export const reportFormats = ['html', 'pdf', 'csv', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];
export const reportLanguages = ['en', 'ja'] as const;
export type ReportLanguage = (typeof reportLanguages)[number];

/** What a model says of a part under one condition. */
export const PartJudgement = z.object({
  /** `null` of a classifier without a class that means OK. */
  verdict: Verdict.nullable(),
  score: z.number().nullable(),
  isRight: z.boolean(),
});
export type PartJudgement = z.infer<typeof PartJudgement>;

/** `better`: nearer to the truth, a review counting between right and wrong; `worse`: the other way. */
export const ChangeDirection = z.enum(['better', 'worse']);
export type ChangeDirection = z.infer<typeof ChangeDirection>;

/** A part that two models judge differently. */
export const PartChange = z.object({
  path: z.string(),
  label: z.string(),
  condition: z.string(),
  direction: ChangeDirection,
  before: PartJudgement,
  after: PartJudgement,
  /** The part under that condition, base64 of JPEG; `null`: not among the examples. */
  picture: z.string().nullable(),
});
export type PartChange = z.infer<typeof PartChange>;

/** Two of the models, by their places in the list, on the same parts. */
export const ModelComparison = z.object({
  first: z.number().int(),
  second: z.number().int(),
  /** `null` where one has no score. */
  cost: CostComparison.nullable(),
  /** Parts whose verdict is another, under each undisturbed or disturbed condition. */
  counts: z.array(z.object({ condition: z.string(), better: z.number().int(), worse: z.number().int() })),
  /** Those under the conditions of the site's mix, heaviest first. */
  parts: z.array(PartChange),
});
export type ModelComparison = z.infer<typeof ModelComparison>;

/**
 * What a model is to a retraining: the one in use when it began, the same at thresholds chosen by what errors cost (what
 * these alone are worth), the one made, or one of those it is compared with.
 */
export const ModelRole = z.enum(['current', 'rethresholded', 'candidate', ...comparisonKinds]);
export type ModelRole = z.infer<typeof ModelRole>;

export const ReportModel = z.object({
  /** What people call it, or as much of its path as tells it from the others. */
  name: z.string(),
  /** `null` where the report is not about a retraining. */
  role: ModelRole.nullable(),
  evaluation: EvaluateReply,
  /** `null`: nothing of the same tensors to compare with. */
  layers: LayerChange.nullable(),
});
export type ReportModel = z.infer<typeof ReportModel>;

/** What the models were measured by: enough to do it again. */
export const ReportSettings = z.object({
  /** Folder or file of the labelled images. */
  data: z.string(),
  corruptions: z.union([z.literal('all'), z.array(z.string())]),
  attacks: AttackPlan.nullable(),
  site: SiteWeights,
  costs: Costs,
  seed: z.number().int(),
  provider: z.string(),
  threads: z.number().int(),
});
export type ReportSettings = z.infer<typeof ReportSettings>;

/** Everything an evaluation report shows. */
export const ReportData = z.object({
  madeAtMs: z.number(),
  /** Version of Kenro. */
  version: z.string(),
  settings: ReportSettings,
  /** The first is what the others are held against. */
  models: z.array(ReportModel).min(1),
  /** Images that the training of these models could not read: they are on neither side. */
  leftOut: z.array(FilePath),
  comparisons: z.array(ModelComparison),
});
export type ReportData = z.infer<typeof ReportData>;
