import { seededRandom } from '../../random.ts';
import { emptyWindow, nextAdwin, type AdwinState } from './adwin.ts';
import { changePoint } from './changePoint.ts';
import { featureDrift, quantile, quartileRange, type FeatureDrift, type FeatureValues } from './features.ts';
import { mmdTest } from './mmd.ts';

export interface DriftPlan {
  /** Parts that say how it should be; the first ones. They should cover what is normal: a lamp's slow wavering, a shift. */
  readonly referenceParts: number;
  /** Parts compared with them at each look. At most `mmdUpTo` / 2. */
  readonly windowParts: number;
  /** Chance that a look without drift suspects some, were parts independent. */
  readonly alpha: number;
  /** Looks in a row that suspect drift before it is called. */
  readonly looks: number;
  /** Of the adaptive window of each feature. */
  readonly streamDelta: number;
  /** How far beyond the reference's own swings counts as drift; 1 is just beyond. */
  readonly beyond: number;
}

export const usualDriftPlan: DriftPlan = {
  referenceParts: 400,
  windowParts: 50,
  alpha: 0.01,
  looks: 2,
  streamDelta: 1e-4,
  beyond: 1.25,
};

export type DriftRow<Name extends string> = Readonly<Record<Name, number>>;

/** What is known after `seen` parts; `start` and the rows rebuild it. */
export interface DriftState<Name extends string> {
  readonly seen: number;
  /** Until it is complete it grows. */
  readonly reference: readonly DriftRow<Name>[];
  /** Of the complete reference; null before. */
  readonly swings: ReferenceSwings<Name> | null;
  /** The newest parts after the reference, oldest first. */
  readonly recent: readonly DriftRow<Name>[];
  readonly suspicions: number;
  readonly streams: Readonly<Partial<Record<string, AdwinState>>>;
}

/** What a line does by itself: consecutive parts are alike, so that a window differs from the whole without any drift. */
export interface ReferenceSwings<Name extends string> {
  /** Median, robust standard deviation, and the largest mean of a window away from the median, in such deviations. */
  readonly features: Readonly<
    Record<Name, { readonly centre: number; readonly spread: number; readonly swing: number }>
  >;
  /** Largest mean discrepancy of a window from the rest. */
  readonly together: number;
}

/** One comparison of the newest parts with the reference. */
export interface DriftLook<Name extends string> {
  readonly features: readonly FeatureDrift<Name>[];
  /** p of the mean discrepancy over all features together. */
  readonly togetherP: number;
  readonly isSuspect: boolean;
}

export interface DriftCall<Name extends string> {
  /** By windows of parts, or by one feature's stream, which finds a slow change sooner. */
  readonly by: 'window' | 'stream';
  readonly features: readonly FeatureDrift<Name>[];
  /** Parts since it most likely began. */
  readonly partsAgo: number;
}

export interface DriftStep<Name extends string> {
  readonly state: DriftState<Name>;
  readonly look: DriftLook<Name> | null;
  readonly call: DriftCall<Name> | null;
}

/** Parts after the reference that are remembered. */
export const recentParts = 500;

export function startDrift<Name extends string>(): DriftState<Name> {
  return { seen: 0, reference: [], swings: null, recent: [], suspicions: 0, streams: {} };
}

/**
 * Watches parts against a reference: every `windowParts` parts each feature by Kolmogorov–Smirnov with Bonferroni and
 * all together by the mean discrepancy (Rabanser et al., arXiv 1810.11953), called when `looks` in a row suspect drift;
 * and every part, each feature by an adaptive window. Since parts of a line are not independent, a difference only
 * counts where it also goes beyond what windows of the reference itself differ by.
 * @param row of the next part, finite numbers, with the same names as all others
 */
export function nextDrift<Name extends string>(
  plan: DriftPlan,
  state: DriftState<Name>,
  row: DriftRow<Name>,
): DriftStep<Name> {
  const seen = state.seen + 1;
  if (!state.swings) {
    const reference = [...state.reference, row];
    const swings = reference.length >= plan.referenceParts ? swingsOf(plan, reference) : null;
    return { state: { ...state, seen, reference, swings }, look: null, call: null };
  }
  const recent = [...state.recent.slice(-(recentParts - 1)), row];
  const { streams, cut } = nextStreams(plan, state.streams, state.swings, row);
  const isDue = (seen - state.reference.length) % plan.windowParts === 0;
  const look = isDue ? lookAt(plan, state.reference, state.swings, recent, seen) : null;
  const suspicions = look ? (look.isSuspect ? state.suspicions + 1 : 0) : state.suspicions;
  const next = { ...state, seen, recent, streams, suspicions };
  return { state: next, look, call: callOf(plan, next, state.swings, look, cut) };
}

function callOf<Name extends string>(
  plan: DriftPlan,
  { reference, recent, suspicions }: DriftState<Name>,
  { features: swings }: ReferenceSwings<Name>,
  look: DriftLook<Name> | null,
  cut: { readonly feature: Name; readonly partsAgo: number } | null,
): DriftCall<Name> | null {
  if (look && suspicions >= plan.looks) {
    const worst = look.features[0]!.feature;
    const deviations = recent.map((row) => deviation(swings[worst], row[worst]));
    return { by: 'window', features: look.features, partsAgo: recent.length - changePoint(deviations) };
  }
  if (!cut) return null;
  const now = recent.slice(-Math.max(cut.partsAgo, leastToName));
  const features = featureDrift(columns(reference), columns(now), plan.alpha).map((each) => ({
    ...each,
    hasMoved: each.feature === cut.feature,
  }));
  return { by: 'stream', features: movedFirst(features), partsAgo: cut.partsAgo };
}

const leastToName = 10;

function lookAt<Name extends string>(
  { windowParts, alpha, beyond }: DriftPlan,
  reference: readonly DriftRow<Name>[],
  swings: ReferenceSwings<Name>,
  recent: readonly DriftRow<Name>[],
  seen: number,
): DriftLook<Name> {
  const now = recent.slice(-windowParts);
  const features = featureDrift(columns(reference), columns(now), alpha / 2).map((each) => {
    const own = swings.features[each.feature];
    const isBeyond = Math.abs(meanDeviation(own, now, each.feature)) > beyond * own.swing;
    return { ...each, hasMoved: each.hasMoved && isBeyond };
  });
  const random = seededRandom(seen);
  const { mmd, p: togetherP } = mmdTest(vectors(sampled(reference, 2 * windowParts)), vectors(now), {
    random,
    permutations,
  });
  const isTogether = togetherP <= alpha / 2 && mmd > beyond * swings.together;
  const isSuspect = isTogether || features.some(({ hasMoved }) => hasMoved);
  return { features: movedFirst(features), togetherP, isSuspect };
}

/** Enough for a p of .0025, in a few milliseconds. */
const permutations = 399;

function movedFirst<Name extends string>(features: readonly FeatureDrift<Name>[]): FeatureDrift<Name>[] {
  const size = ({ shift }: FeatureDrift<Name>) => Math.abs(shift ?? 0);
  return features.toSorted((a, b) => Number(b.hasMoved) - Number(a.hasMoved) || size(b) - size(a));
}

function nextStreams<Name extends string>(
  { streamDelta, beyond }: DriftPlan,
  before: DriftState<Name>['streams'],
  { features }: ReferenceSwings<Name>,
  row: DriftRow<Name>,
) {
  const streams: Partial<Record<string, AdwinState>> = {};
  let cut: { feature: Name; partsAgo: number } | null = null;
  for (const feature of namesOf(row)) {
    const own = features[feature];
    const next = nextAdwin(
      { delta: streamDelta },
      before[feature] ?? emptyWindow,
      bounded(deviation(own, row[feature])),
    );
    streams[feature] = next.state;
    if (next.cut && Math.abs(unbounded(next.cut.after)) > beyond * own.swing) {
      cut ??= { feature, partsAgo: next.cut.length };
    }
  }
  return { streams, cut };
}

/** Deviations beyond this count as this much: the adaptive window wants values within 0 and 1. */
const farthest = 10;

function bounded(deviations: number): number {
  return 0.5 + Math.max(-farthest, Math.min(farthest, deviations)) / (2 * farthest);
}

function unbounded(share: number): number {
  return (share - 0.5) * 2 * farthest;
}

function swingsOf<Name extends string>(
  { windowParts }: DriftPlan,
  reference: readonly DriftRow<Name>[],
): ReferenceSwings<Name> {
  const starts: number[] = [];
  for (let at = 0; at + windowParts <= reference.length; at += Math.ceil(windowParts / 5)) starts.push(at);
  const windows = starts.map((at) => reference.slice(at, at + windowParts));
  const values = columns(reference);
  const features = Object.fromEntries(
    namesOf(values).map((name) => {
      const own = { centre: quantile(values[name], 0.5), spread: spreadOf(values[name]) };
      const means = windows.map((window) => Math.abs(meanDeviation(own, window, name)));
      return [name, { ...own, swing: Math.max(0, ...means) }];
    }),
  ) as ReferenceSwings<Name>['features'];
  const apart = starts.map((at, i) => {
    const rest = sampled([...reference.slice(0, at), ...reference.slice(at + windowParts)], 2 * windowParts);
    if (rest.length < 2) return 0;
    return mmdTest(vectors(rest), vectors(windows[i]!), { random: seededRandom(at), permutations: 0 }).mmd;
  });
  return { features, together: Math.max(0, ...apart) };
}

interface Scale {
  readonly centre: number;
  readonly spread: number;
}

function deviation({ centre, spread }: Scale, value: number): number {
  return (value - centre) / spread;
}

function meanDeviation<Name extends string>(
  scale: Scale,
  rows: readonly DriftRow<Name>[],
  name: Name,
): number {
  return rows.reduce((sum, row) => sum + deviation(scale, row[name]), 0) / rows.length;
}

/** Robust standard deviation; of values of which half are equal the plain one, and 1 of those that are all equal. */
function spreadOf(values: readonly number[]): number {
  const robust = (quantile(values, 0.75) - quantile(values, 0.25)) / quartileRange;
  if (robust > 0) return robust;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
}

/** So many rows, evenly. */
function sampled<Row>(rows: readonly Row[], count: number): Row[] {
  return rows.length <= count
    ? [...rows]
    : Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}

function vectors<Name extends string>(rows: readonly DriftRow<Name>[]): number[][] {
  const names = namesOf(rows[0]!);
  return rows.map((row) => names.map((name) => row[name]));
}

function columns<Name extends string>(rows: readonly DriftRow<Name>[]): FeatureValues<Name> {
  const entries = namesOf(rows[0]!).map((name) => [name, rows.map((row) => row[name])]);
  return Object.fromEntries(entries) as FeatureValues<Name>;
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[];
}
