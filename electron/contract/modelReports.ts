import { z } from 'zod';
import { Costs } from './costs.ts';
import { Id, Name, TimeMs } from './domain.ts';
import { AttackPlan } from './evaluation.ts';
import { RetrainParts } from './retrain.ts';
import { SiteWeights } from './site.ts';

/** Names the folder of a report on models; nothing that leads out of the folder of reports. */
export const ReportId = z.string().regex(/^report-\d+-\d+$/);

export const modelsMeasured = 8;

/** Models of a product, measured on the same labelled parts. */
export const ModelReportRequest = z.object({
  name: Name,
  /** Where a data set tells a test side, only that is measured on; never on what one of the models was retrained on. */
  parts: RetrainParts,
  /** The first is what the others are held against. */
  modelIds: z.array(Id).min(1).max(modelsMeasured),
  /** All disturbances at every severity; otherwise those of the site. */
  allDisturbances: z.boolean(),
  attacks: AttackPlan.nullable(),
  costs: Costs,
  site: SiteWeights,
});
export type ModelReportRequest = z.infer<typeof ModelReportRequest>;

/** A report on models that is there, in a list. */
export const ReportSummary = z.object({
  id: ReportId,
  title: z.string(),
  productId: Id,
  madeAtMs: TimeMs,
  models: z.array(z.string()),
});
export type ReportSummary = z.infer<typeof ReportSummary>;
