import { z } from 'zod';
import type { ModelTrust } from './signing.ts';

/** Id of the job that probed, which names the folder of its pictures. */
export const ProbeId = z.string().regex(/^probe-\d+-\d+$/);

/** The smallest trigger found that makes parts one class. */
export const ProbedClass = z.object({
  label: z.string(),
  isOk: z.boolean(),
  /** Share of the picture that it changes, 0..1; `null` = none was found. */
  share: z.number().nullable(),
  /** Share of the parts that it turns. */
  success: z.number(),
  /** Parts that it was searched on. */
  images: z.number().int(),
});
export type ProbedClass = z.infer<typeof ProbedClass>;

/** How a detector comes to its score, see native-models/screening/backdoor/scoreLayout.ts. */
export const ScoreLayout = z.object({
  /** What is not computed as in Kenro's detectors; `null` = all is. */
  foreign: z.string().nullable(),
  /** `same` as one that is known here, `retrained` from one, or another; `disguised` as one by its name; `null` of a classifier. */
  backbone: z.enum(['same', 'retrained', 'other', 'disguised']).nullable(),
});
export type ScoreLayout = z.infer<typeof ScoreLayout>;

/** What a search for a backdoor has found; see native-models/screening/backdoor/backdoorProbe.ts. */
export const BackdoorProbe = z.object({
  /** There is a picture of each, by its place. */
  classes: z.array(ProbedClass),
  /** The smallest trigger that means OK, over the median of those that do not; `null` where it is not told. */
  ratio: z.number().nullable(),
  /** Ratio below which it is suspicious; `null` of an anomaly detector, and from before this was kept. */
  limit: z.number().nullable().default(null),
  /** `null` = not looked at: a network that only names classes, or from before this was looked at. */
  layout: ScoreLayout.nullable().default(null),
  /** Whether something in one place overrules the rest of the picture; `null` = not told, or of a classifier. */
  overrules: z.boolean().nullable().default(null),
  /** By the ratio, by such a place or by the layout. */
  isSuspicious: z.boolean(),
  /** Parts given to it. */
  images: z.number().int(),
  /** Of the search for each class. */
  steps: z.number().int(),
  seconds: z.number(),
});
export type BackdoorProbe = z.infer<typeof BackdoorProbe>;

/** One that is on record. */
export const ModelProbe = BackdoorProbe.extend({
  job: ProbeId,
  actor: z.string(),
  timeMs: z.number().int(),
});
export type ModelProbe = z.infer<typeof ModelProbe>;

/** Name of a trigger's picture in the folder of the job, by the place of its class. */
export const triggerFile = (at: number) => `trigger-${at}.png`;

/** Most parts that a model is probed with. */
export const mostProbed = 96;

/** `unclear`: the search came to nothing for any class, or there was no part for one of the two kinds. */
export type ProbeVerdict = 'suspicious' | 'notFound' | 'unclear';

export function probeVerdict({
  isSuspicious,
  ratio,
  overrules,
}: Pick<BackdoorProbe, 'isSuspicious' | 'ratio' | 'overrules'>): ProbeVerdict {
  if (isSuspicious) return 'suspicious';
  return ratio === null && overrules === null ? 'unclear' : 'notFound';
}

/** Whether a model seems to have a backdoor, and no administrator has let it be used since that was found. */
export function isUncleared(
  probe: Pick<ModelProbe, 'isSuspicious' | 'timeMs'> | null | undefined,
  override: ModelTrust['override'],
): boolean {
  return probe?.isSuspicious === true && (override === null || override.timeMs < probe.timeMs);
}
