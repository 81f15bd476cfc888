import { siteWeights, type SiteProfile } from '../images/site/profile.ts';
import { unmetCeilings, type UnmetCeiling } from './ceilings.ts';
import { scoredParts, type Condition, type ScoredPart } from './conditions.ts';
import type { CostModel } from './costs.ts';
import { compareCosts, expectedCost, type CostComparison, type ExpectedCost } from './expectedCost.ts';
import type { LabelledName, MeasuredCondition, ModelEvaluation } from './modelEvaluation.ts';
import type { Resampling } from './bootstrap.ts';

/** What a line does to its pictures, and what its errors cost. */
export interface Line {
  readonly site: SiteProfile;
  readonly costs: CostModel;
}

/** What of an evaluation its cost follows from. */
export interface Scores extends Pick<ModelEvaluation, 'thresholds'> {
  readonly images: readonly Pick<LabelledName, 'label' | 'group'>[];
  readonly unreadable: readonly Pick<LabelledName, 'label' | 'group'>[];
  readonly conditions: readonly (Pick<MeasuredCondition, 'name' | 'kind' | 'scores'> & {
    readonly types?: MeasuredCondition['types'] | undefined;
  })[];
}

export interface SiteCost extends ExpectedCost {
  /** Of the limits the plant states. */
  readonly unmet: readonly UnmetCeiling[];
}

/**
 * What a measured model would cost the line per 1,000 parts at its thresholds; a part that cannot be read is a review
 * whatever is done to it. Null for a classifier without a class that means OK.
 * @throws RangeError where a condition of the site was not measured
 */
export function siteCost(scores: Scores, { site, costs }: Line, resampling: Resampling): SiteCost | null {
  const conditions = siteConditions(scores, { site, costs });
  if (!conditions) return null;
  const cost = expectedCost(conditions, scores.thresholds, costs, resampling);
  const isUntried = costs.attackWeight > 0 && scores.conditions.every(({ kind }) => kind !== 'attacked');
  return {
    ...cost,
    claims: isUntried ? [...cost.claims, { kind: 'attacksUntested' }] : cost.claims,
    unmet: unmetCeilings(scoredParts(conditions, costs), scores.thresholds, costs),
  };
}

/**
 * What the second model costs more than the first, both measured on the same images; null where one has no score.
 * @throws RangeError as `siteCost` and `compareCosts`
 */
export function compareSiteCosts(
  first: Scores,
  second: Scores,
  line: Line,
  resampling: Resampling,
): CostComparison | null {
  const [one, two] = [first, second].map((scores) => {
    const conditions = siteConditions(scores, line);
    return conditions && { conditions, thresholds: scores.thresholds };
  });
  return one && two ? compareCosts(one, two, line.costs, resampling) : null;
}

/**
 * What was measured as the line shows it: each condition of its mix with its weight. Null for a classifier without a
 * class that means OK.
 * @throws RangeError where a condition of the site was not measured
 */
export function siteConditions(
  { images, unreadable, conditions }: Scores,
  { site, costs }: Line,
): Condition[] | null {
  if (conditions.every(({ scores }) => scores.every((score) => score === null))) return null;
  const attacks = conditions.filter(({ kind }) => kind === 'attacked').map(({ name }) => name);
  const unjudged = unreadable.map(({ label, group }): ScoredPart => ({ label, group, score: null }));
  return [...siteWeights(site, attacks, costs.attackWeight)].map(([name, weight]) => {
    const measured = conditions.find((condition) => condition.name === name);
    if (!measured) throw new RangeError(`condition ${name} was not measured`);
    const scored = images.map(({ label, group }, at): ScoredPart => ({
      label,
      group,
      ...{ score: measured.scores[at]!, type: measured.types?.[at] ?? null },
    }));
    return { name, weight, scores: [...scored, ...unjudged] };
  });
}
