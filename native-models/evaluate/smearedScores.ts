import { quantile } from '../images/site/quantiles.ts';
import { normalQuantile } from '../statistics/normal.ts';
import type { Scored } from './conditions.ts';
import { goodLabel } from './evaluateDetector.ts';

/** Of each score; as many equally likely places of a Gaussian. */
const copies = 15;
const places = Float64Array.from({ length: copies }, (_, at) => normalQuantile((at + 0.5) / copies));

/**
 * The same scores, each smeared over a Gaussian as wide as Silverman's rule says (Density Estimation, 1986, equation
 * 3.31) for good and for defective parts. Of a few dozen parts, the rates of error are stairs whose steps are chance;
 * thresholds from smoothed rates come closer to the best ones (Fluss, Faraggi and Reiser, Biometrical Journal 2005).
 */
export function smeared(scored: Scored): Scored {
  const width = widths(scored);
  const spread = (part: number) => Array.from({ length: copies }, (_, copy) => part * copies + copy);
  return {
    parts: scored.parts * copies,
    strata: scored.strata.map((stratum) => ({
      ...stratum,
      units: stratum.units.map((unit) => unit.flatMap(spread)),
    })),
    weights: repeated(scored.weights, () => 0),
    conditions: scored.conditions.map((condition) => ({
      ...condition,
      scores: repeated(condition.scores, (part, copy) => width[part]! * places[copy]!),
      types: condition.types.flatMap((type) => Array.from({ length: copies }, () => type)),
    })),
  };
}

function repeated(values: Float64Array, shift: (part: number, copy: number) => number): Float64Array {
  return Float64Array.from({ length: values.length * copies }, (_, at) => {
    const part = Math.floor(at / copies);
    return values[part]! + shift(part, at % copies);
  });
}

/** How wide the scores of each part are smeared, float64 [parts]. */
function widths({ parts, strata, conditions }: Scored): Float64Array {
  const kinds = [true, false].map((isGood) =>
    strata.filter(({ label }) => (label === goodLabel) === isGood).flatMap(({ units }) => units.flat()),
  );
  const found = kinds.map((own) => {
    const scores = conditions.flatMap((condition) => own.map((part) => condition.scores[part]!));
    return silverman(
      scores.filter((score) => !Number.isNaN(score)),
      own.length,
    );
  });
  const known = Math.max(0, ...found.filter((each) => Number.isFinite(each)));
  const width = new Float64Array(parts);
  kinds.forEach((own, kind) => {
    // Of a single part nothing says how such parts vary: as much as the others.
    for (const part of own) width[part] = Number.isFinite(found[kind]) ? found[kind]! : known;
  });
  return width;
}

/** @param count of parts: several looks at one of them are no further part */
function silverman(scores: readonly number[], count: number): number {
  if (count < 2) return NaN;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (scores.length - 1));
  const middle = (quantile(scores, 0.75) - quantile(scores, 0.25)) / 1.34;
  return 0.9 * (middle > 0 ? Math.min(deviation, middle) : deviation) * count ** -0.2;
}
