import { ModelError } from '../../errors.ts';
import type { Random } from '../../random.ts';
import { severities, type Severity } from '../corruptions/corruption.ts';
import { corruptions } from '../corruptions/index.ts';

/** One disturbance of the suite at one severity. */
export interface Disturbance {
  readonly corruption: string;
  readonly severity: Severity;
}

/** What a line does to its pictures, and how often: one entry a condition, weights ≥ 0 that add up to 1. */
export type SiteProfile = readonly {
  /** Null: the picture as it is. */
  readonly disturbance: Disturbance | null;
  readonly weight: number;
}[];

/** `clean`, or e.g. `gaussian-noise/3`. */
export function conditionName(disturbance: Disturbance | null): string {
  return disturbance ? `${disturbance.corruption}/${disturbance.severity}` : 'clean';
}

const byName = new Map<string, Disturbance | null>([
  ['clean', null],
  ...corruptions.flatMap(({ name: corruption }) =>
    severities.map((severity): [string, Disturbance] => {
      const disturbance = { corruption, severity };
      return [conditionName(disturbance), disturbance];
    }),
  ),
]);

/** The inverse of `conditionName`. @throws ModelError `badRequest` for a name that is none */
export function disturbanceNamed(name: string): Disturbance | null {
  const found = byName.get(name);
  if (found === undefined) {
    const known = corruptions.map((corruption) => corruption.name).join(', ');
    throw refusal(`no disturbance "${name}"; there is clean, and ${known}, each with /1 to /5`);
  }
  return found;
}

/**
 * @param weights by the names of `conditionName`; brought to a sum of 1
 * @throws ModelError `badRequest` for a name that is none, a weight below 0, or no weight at all
 */
export function siteProfile(weights: Readonly<Record<string, number>>): SiteProfile {
  const entries = Object.entries(weights);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    disturbanceNamed(name);
    if (!(weight >= 0)) throw refusal(`weight of ${name} is ${weight}`);
  }
  if (!(total > 0 && total < Infinity)) throw refusal('nothing has a weight');
  return entries.map(([name, weight]) => ({ disturbance: disturbanceNamed(name), weight: weight / total }));
}

/** The disturbed part of a mix, its weights brought to a sum of 1; empty where nothing disturbs. */
export function disturbedPart(site: SiteProfile): SiteProfile {
  const disturbed = site.filter(({ disturbance, weight }) => disturbance !== null && weight > 0);
  const total = disturbed.reduce((sum, { weight }) => sum + weight, 0);
  return disturbed.map(({ disturbance, weight }) => ({ disturbance, weight: weight / total }));
}

function refusal(reason: string): ModelError {
  return new ModelError('badRequest', { field: 'weights', reason: `site profile: ${reason}` });
}

/** What the line does to one more picture. */
export function sampleDisturbance(profile: SiteProfile, random: Random): Disturbance | null {
  let left = random.uniform();
  for (const { disturbance, weight } of profile) {
    left -= weight;
    if (left < 0) return disturbance;
  }
  return profile.findLast(({ weight }) => weight > 0)?.disturbance ?? null;
}

/**
 * The weight of each condition when a share of the parts is taken to be under attack instead.
 * @param attacks names of the attack conditions, which share `attackWeight` evenly; without any the profile stays
 */
export function siteWeights(
  profile: SiteProfile,
  attacks: readonly string[],
  attackWeight: number,
): Map<string, number> {
  const attacked = attacks.length > 0 ? attackWeight : 0;
  return new Map([
    ...profile.map(
      ({ disturbance, weight }) => [conditionName(disturbance), weight * (1 - attacked)] as const,
    ),
    ...attacks.map((name) => [name, attacked / attacks.length] as const),
  ]);
}
