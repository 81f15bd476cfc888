import { z } from 'zod';
import { disturbanceNames } from './disturbances.ts';
import { fields, parseJsonFile } from './jsonFile.ts';

const wrongName = 'not "clean" and not a disturbance with its severity, like "gaussian-noise/3"';
const known: ReadonlySet<string> = new Set(disturbanceNames);

/** `clean`, or a disturbance and its severity, e.g. `gaussian-noise/3`. */
export const ConditionName = z
  .string()
  .regex(/^(clean|[a-z-]+\/[1-5])$/, { error: wrongName })
  .refine((name) => name === 'clean' || known.has(name.split('/')[0]!), {
    error: `no such disturbance; there are ${disturbanceNames.join(', ')}`,
  });

/** The mix of disturbances a line sees: shares of its parts that add up to 1. */
export const SiteWeights = z.record(ConditionName, z.number().min(0).max(1));
export type SiteWeights = z.infer<typeof SiteWeights>;

/** Of weights written by hand, rounded to a few places. */
const rounding = 1e-3;

/** The file of a site profile, by hand or from `kenro site`; what `clean` leaves out is the rest. */
export const SiteFile = fields({
  weights: SiteWeights.refine((weights) => sum(weights) <= 1 + rounding, {
    error: 'add up to more than 1',
  }).refine((weights) => !('clean' in weights) || sum(weights) >= 1 - rounding, {
    error: 'add up to less than 1; leave out "clean" and it is the rest',
  }),
  /** What was measured, for people. */
  measures: z.array(z.unknown()).optional(),
}).transform(({ weights }): SiteWeights =>
  'clean' in weights ? weights : { clean: Math.max(0, 1 - sum(weights)), ...weights },
);

function sum(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((total, weight) => total + weight, 0);
}

/**
 * @param path names the file in errors
 * @throws {KenroError} `fileNotJson`; `fieldWrong` naming the field
 */
export function parseSite(text: string, path: string): SiteWeights {
  return parseJsonFile(SiteFile, text, path);
}
