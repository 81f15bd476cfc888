import { z } from 'zod';
import { Id, TimeMs } from './domain.ts';
import { ErrorInfo } from './errors.ts';
import { RetrainRun, RunId, RunState } from './retrain.ts';
import { Screening, ScreenRequest } from './screening.ts';

/** Stages of the jobs that make a model, in order. */
export const makingStages = {
  teach: ['collect', 'correction', 'features', 'memory', 'threshold', 'write'],
  teachClassifier: ['collect', 'correction', 'features', 'train', 'calibrate', 'write'],
  importClassifier: ['collect', 'calibrate', 'write'],
} as const;
export type MakingKind = keyof typeof makingStages;

export const Job = z.object({
  id: z.string(),
  kind: z.enum([
    ...['teach', 'teachClassifier', 'importClassifier', 'screen', 'probe', 'plan', 'retrain', 'report'],
    ...['backup', 'backupCheck', 'restore', 'databaseCheck', 'productExport', 'productImport'],
  ] as const),
  title: z.string(),
  productId: Id.nullable(),
  stage: z.string(),
  done: z.number().nonnegative(),
  /** 0 = not known yet. */
  total: z.number().nonnegative(),
  startedMs: TimeMs,
  state: RunState,
  error: ErrorInfo.optional(),
  /** Set when a job that makes a model is done, or when a retrained model was made a candidate. */
  modelId: Id.optional(),
  /** Of a plan or a retraining. */
  retrain: RetrainRun.optional(),
  /** Of a retraining: there is an evaluation report of it. */
  hasReport: z.boolean().optional(),
  /** Of a screening of what is to be taught on. */
  screening: Screening.optional(),
  /** Of a screening: what was asked for. */
  screened: ScreenRequest.optional(),
  /** Of a search for a backdoor: the model. */
  probed: Id.optional(),
  /** Of a report: the retraining that it measures. */
  reportOf: RunId.optional(),
  /** Files that could not be used, with the reason; the job went on without them. */
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })).default([]),
});
export type Job = z.infer<typeof Job>;
