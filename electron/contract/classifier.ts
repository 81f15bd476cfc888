import { z } from 'zod';
import { CorrectionRequest } from './correction.ts';
import { FilePath, Id, Name, Preprocess, Sha256, type Classes } from './domain.ts';
import { LeftOut } from './screening.ts';

/** What an ONNX file says of the classes it tells apart. */
export const ClassifierDescription = z.object({
  path: FilePath,
  sha256: Sha256,
  bytes: z.number().int().nonnegative(),
  producer: z.string(),
  opset: z.number().int(),
  /** As declared; a symbolic dimension is its name. */
  inputShape: z.array(z.union([z.number().int(), z.string()])),
  classes: z.number().int().min(2),
  /** From its metadata, one a class; `null` where it names none. */
  labels: z.array(z.string()).nullable(),
  suggestedPreprocess: Preprocess,
});
export type ClassifierDescription = z.infer<typeof ClassifierDescription>;

/** Classified images: class folders or a CSV table. */
export const ClassSurvey = z.object({
  path: FilePath,
  /** By name. */
  classes: z.array(z.object({ label: z.string(), images: z.number().int() })),
});
export type ClassSurvey = z.infer<typeof ClassSurvey>;

const seed = z.number().int().min(0).max(0xffff_ffff);

export const TeachClassifierRequest = z.object({
  productId: Id,
  name: Name,
  /** Class folders or a CSV table. */
  images: FilePath,
  okLabels: z.array(z.string()),
  /** Images found suspect that are not taught on. Their files stay. */
  leftOut: LeftOut,
  backboneId: Id,
  /** Network input side in pixels; `null` = as the backbone says. */
  size: z.number().int().min(32).max(1024).nullable(),
  seed,
  correction: CorrectionRequest.default({ by: 'measured' }),
});
export type TeachClassifierRequest = z.output<typeof TeachClassifierRequest>;

export const ImportClassifierRequest = z.object({
  productId: Id,
  name: Name,
  path: FilePath,
  labels: z.array(z.string().trim().min(1).max(120)).min(1).max(100_000),
  okLabels: z.array(z.string()),
  preprocess: Preprocess,
  /** Classified images it has not learned from, for temperature and thresholds. */
  heldOut: FilePath.nullable(),
});
export type ImportClassifierRequest = z.infer<typeof ImportClassifierRequest>;

/** Names that mean OK unless somebody says otherwise. */
export const meansOk = (label: string) => /^(ok|good|normal|良品|正常)$/i.test(label.trim());

/** Classes that do not mean OK; none of an anomaly detector. */
export function defectLabels(classes: Pick<Classes, 'labels' | 'okLabels'> | undefined): string[] {
  return classes?.labels.filter((label) => !classes.okLabels.includes(label)) ?? [];
}
