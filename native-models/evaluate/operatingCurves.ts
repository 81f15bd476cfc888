import { auroc, type Auroc } from './auroc.ts';
import { bootstrapInterval, type Resampling } from './bootstrap.ts';
import { effectiveSize, wilsonRate } from './rates.ts';

/** A part whose truth is known. */
export interface KnownScore {
  /** Finite; higher is more defective. */
  readonly score: number;
  readonly isDefective: boolean;
  /** How many parts of the line it stands for, above 0. */
  readonly weight: number;
}

/** A share with its 95 % interval. */
export interface Share {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** What rejecting from a score up means. */
export interface OperatingPoint {
  readonly threshold: number;
  /** Defective parts that are rejected, of all of them (true positive rate). */
  readonly recall: Share;
  /** Good parts that are rejected, of all of them (false positive rate). */
  readonly falseAlarmRate: Share;
  /** Defective parts among those rejected; null where none is. */
  readonly precision: Share | null;
}

export interface OperatingCurves {
  /** Threshold falling: from the highest score to the lowest. The same points make both curves. */
  readonly points: readonly OperatingPoint[];
  readonly auroc: Auroc;
  readonly averagePrecision: Share;
  readonly good: number;
  readonly defective: number;
}

/** Points beyond these are left out of a curve, where they lie closest. */
const mostPoints = 160;
const tail = 0.025;
const z = 1.959963984540054;

/**
 * ROC and precision-recall curves. Points have the intervals of Wilson, at Kish's effective size where parts have
 * weights. The area under the ROC curve has that of DeLong, or of the bootstrap where parts have weights; average
 * precision, the sum of precision over the steps of recall, has the logit interval of Boyd, Eng & Page (ECML 2013).
 * @returns null when one kind is missing
 */
export function operatingCurves(
  parts: readonly KnownScore[],
  resampling: Resampling,
): OperatingCurves | null {
  const good = parts.filter(({ isDefective }) => !isDefective);
  const defective = parts.filter(({ isDefective }) => isDefective);
  if (good.length === 0 || defective.length === 0) return null;
  const points = pointsOf(parts, good, defective);
  return {
    points: thinned(points),
    auroc: areaOf(parts, good, defective, resampling),
    averagePrecision: averagePrecision(points, effectiveSize(defective.map(({ weight }) => weight))),
    good: good.length,
    defective: defective.length,
  };
}

/** Where a threshold stands on these curves. @returns null when one kind is missing */
export function operatingPoint(parts: readonly KnownScore[], threshold: number): OperatingPoint | null {
  const rejected = parts.filter(({ score }) => score >= threshold);
  const shareOf = (isDefective: boolean) => {
    const own = parts.filter((part) => part.isDefective === isDefective);
    return own.length === 0 ? null : shareIn(own, ({ score }) => score >= threshold);
  };
  const [recall, falseAlarmRate] = [shareOf(true), shareOf(false)];
  if (!recall || !falseAlarmRate) return null;
  const precision = rejected.length === 0 ? null : shareIn(rejected, ({ isDefective }) => isDefective);
  return { threshold, recall, falseAlarmRate, precision };
}

function shareIn(parts: readonly KnownScore[], isHit: (part: KnownScore) => boolean): Share {
  const tally = emptyTally();
  for (const part of parts) count(tally, part.weight, isHit(part));
  return shareOf(tally);
}

/** Running sums of one share: weight of hits, weight of all, squared weight of all. */
interface Tally {
  hits: number;
  sum: number;
  squares: number;
}

function emptyTally(): Tally {
  return { hits: 0, sum: 0, squares: 0 };
}

function count(tally: Tally, weight: number, isHit: boolean): void {
  if (isHit) tally.hits += weight;
  tally.sum += weight;
  tally.squares += weight * weight;
}

function shareOf({ hits, sum, squares }: Tally): Share {
  return shareAt(hits / sum, (sum * sum) / squares);
}

function shareAt(value: number, size: number): Share {
  // Sums of weights may miss 0 and 1 by a rounding.
  const share = Math.min(1, Math.max(0, value));
  return { value: share, interval: wilsonRate(share * size, size)!.interval };
}

function pointsOf(
  parts: readonly KnownScore[],
  good: readonly KnownScore[],
  defective: readonly KnownScore[],
): OperatingPoint[] {
  const sizes = [good, defective].map((own) => effectiveSize(own.map(({ weight }) => weight)));
  const sums = [good, defective].map((own) => own.reduce((sum, { weight }) => sum + weight, 0));
  const falling = parts.toSorted((one, other) => other.score - one.score);
  const rejected = emptyTally();
  const points: OperatingPoint[] = [];
  falling.forEach(({ score, isDefective, weight }, at) => {
    count(rejected, weight, isDefective);
    if (falling[at + 1]?.score === score) return;
    points.push({
      threshold: score,
      recall: shareAt(rejected.hits / sums[1]!, sizes[1]!),
      falseAlarmRate: shareAt((rejected.sum - rejected.hits) / sums[0]!, sizes[0]!),
      precision: shareOf(rejected),
    });
  });
  return points;
}

/** Those that lie at least a step apart along the ROC curve, and the last one. */
function thinned(points: readonly OperatingPoint[]): OperatingPoint[] {
  if (points.length <= mostPoints) return [...points];
  let reached = -Infinity;
  return points.filter(({ recall, falseAlarmRate }, at) => {
    const along = recall.value + falseAlarmRate.value;
    if (along - reached < 2 / mostPoints && at + 1 < points.length) return false;
    reached = along;
    return true;
  });
}

function areaOf(
  parts: readonly KnownScore[],
  good: readonly KnownScore[],
  defective: readonly KnownScore[],
  resampling: Resampling,
): Auroc {
  const isEven = (own: readonly KnownScore[]) => own.every(({ weight }) => weight === own[0]!.weight);
  const scores = (own: readonly KnownScore[]) => own.map(({ score }) => score);
  const even = auroc(scores(good), scores(defective))!;
  if (isEven(good) && isEven(defective)) return even;
  const rising = parts.toSorted((one, other) => one.score - other.score);
  const value = weightedArea(rising, null);
  // All pairs in order, or none: no draw would say otherwise.
  if (even.value === 1 || even.value === 0) return even;
  const units = (isDefective: boolean) =>
    rising.flatMap((part, at) => (part.isDefective === isDefective ? [[at]] : []));
  const strata = [{ units: units(false) }, { units: units(true) }];
  const interval = bootstrapInterval(
    strata,
    rising.length,
    (drawn) => weightedArea(rising, drawn),
    resampling,
  );
  return { value, interval };
}

/** The chance that a defective part scores higher than a good one, a tie counting half. @param rising by score */
function weightedArea(rising: readonly KnownScore[], drawn: Float64Array | null): number {
  let [below, ordered, defects] = [0, 0, 0];
  for (let start = 0; start < rising.length;) {
    let [good, defective] = [0, 0];
    let end = start;
    for (; end < rising.length && rising[end]!.score === rising[start]!.score; end++) {
      const weight = rising[end]!.weight * (drawn ? drawn[end]! : 1);
      if (rising[end]!.isDefective) defective += weight;
      else good += weight;
    }
    ordered += defective * (below + good / 2);
    below += good;
    defects += defective;
    start = end;
  }
  return ordered / (below * defects);
}

/** @param size effective number of defective parts */
function averagePrecision(points: readonly OperatingPoint[], size: number): Share {
  let [value, before] = [0, 0];
  for (const { recall, precision } of points) {
    value += (recall.value - before) * precision!.value;
    before = recall.value;
  }
  if (value >= 1) return { value: 1, interval: [tail ** (1 / size), 1] };
  const centre = Math.log(value / (1 - value));
  const half = z / Math.sqrt(size * value * (1 - value));
  const back = (logit: number) => 1 / (1 + Math.exp(-logit));
  return { value, interval: [back(centre - half), back(centre + half)] };
}
