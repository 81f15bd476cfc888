import { KenroError } from '../../contract/errors.ts';
import type { EscapeEstimate } from '../../contract/lineRates.ts';
import {
  brokenRules,
  countOf,
  isOrdered,
  isShare,
  kindsOf,
  type ChartPoint,
  type ChartRequest,
  type TrendChart,
  type TrendGroup,
} from '../../contract/trends.ts';
import {
  cusumChart,
  ewmaChart,
  ewmaOf,
  individualsChart,
  individualsOf,
  laneyChart,
  pChart,
  pooledRate,
  type Chart,
  type RuleNumber,
  type Subgroup,
} from '../../engine/statistics.ts';
import { cusumFor } from './cusumFor.ts';

type Asked = Pick<ChartRequest, 'by' | 'measure' | 'kind' | 'baseline'>;
type Drawn = Pick<TrendChart, 'points' | 'sigmaZ'>;

const nothing: Drawn = { points: [], sigmaZ: null };

/**
 * The control chart of a measure over groups. Groups that do not follow each other (products, models) are held against
 * the limits only; rules about runs would mean nothing.
 * @param escapes of each group, where they are the measure
 * @returns no points where there is too little to draw limits from
 * @throws {KenroError} `badRequest` for a kind of chart that the measure has not
 */
export function controlChart(
  groups: readonly TrendGroup[],
  asked: Asked,
  escapes: readonly EscapeEstimate[] = [],
): Drawn {
  if (!kindsOf(asked.measure).includes(asked.kind)) throw new KenroError('badRequest', { field: 'kind' });
  if (groups.length < 2) return nothing;
  const { measure } = asked;
  if (measure === 'escapes') return chartOfShares(escapes.map(judgedOf), asked);
  if (!isShare(measure)) return chartOfMeans(groups, asked);
  // A first-pass yield falls where something is wrong: its CUSUM counts the parts that did not pass.
  const isTurned = asked.kind === 'cusum' && measure === 'firstPass';
  const subgroups = groups.map((group): Subgroup => {
    const count = countOf(group, measure);
    return { count: isTurned ? group.parts - count : count, of: group.parts };
  });
  return chartOfShares(subgroups, asked);
}

/** The judged parts of the audit sample, as many as would say as much if each had been drawn with the same chance. */
function judgedOf({ share, effectiveSize }: EscapeEstimate): Subgroup {
  return share === null ? { count: 0, of: 0 } : { count: share.value * effectiveSize, of: effectiveSize };
}

function chartOfShares(subgroups: readonly Subgroup[], asked: Asked): Drawn {
  const centre = pooledRate(subgroups.slice(0, asked.baseline ?? undefined));
  if (centre === null) return nothing;
  const options = { centre, rules: rulesFor(asked) };
  switch (asked.kind) {
    case 'laney': {
      const chart = laneyChart(subgroups, options);
      return chart === null ? nothing : { points: pointsOf(chart, asked), sigmaZ: chart.sigmaZ };
    }
    case 'ewma':
      return drawn(ewmaChart(subgroups, { centre }), asked);
    case 'cusum': {
      const design = cusumFor(centre, subgroups);
      return design === null ? nothing : drawn(cusumChart(subgroups, design), asked);
    }
    default:
      return drawn(pChart(subgroups, options), asked);
  }
}

function chartOfMeans(groups: readonly TrendGroup[], asked: Asked): Drawn {
  const values = groups.map((group) => (asked.measure === 'score' ? group.scoreMean : group.latencyMeanMs));
  const basis = individualsOf(values.slice(0, asked.baseline ?? undefined));
  if (basis === null) return nothing;
  if (asked.kind === 'individuals') return drawn(individualsChart(values, basis, rulesFor(asked)), asked);
  const readings = values.map((value) => (value === null ? null : { value, sigma: basis.sigma }));
  return drawn(ewmaOf(readings, { centre: basis.centre }), asked);
}

function rulesFor({ by }: Asked): RuleNumber[] {
  return isOrdered(by) ? [1, 2, 3, 4] : [1];
}

function drawn(chart: Chart | null, asked: Asked): Drawn {
  return chart === null ? nothing : { points: pointsOf(chart, asked), sigmaZ: null };
}

function pointsOf({ centre, points }: Chart, { kind }: Asked): ChartPoint[] {
  const hasZones = kind !== 'ewma' && kind !== 'cusum';
  return points.map(({ value, lower, upper, rules }) => ({
    value,
    ucl: upper,
    cl: value === null ? null : centre,
    lcl: lower,
    broken: hasZones
      ? rules.map((rule) => brokenRules[rule - 1] as (typeof brokenRules)[number])
      : rules.map(() => 'beyondLimit' as const),
  }));
}
