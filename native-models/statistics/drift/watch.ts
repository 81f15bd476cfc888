import { evenly } from '../../evenly.ts';
import { seededRandom } from '../../random.ts';
import { emptyWindow, nextAdwin, type AdwinState } from './adwin.ts';
import { changePoint } from './changePoint.ts';
import { featureDrift, type FeatureDrift } from './features.ts';
import { mmdTest } from './mmd.ts';
import {
  columns,
  deviation,
  embeddingsOf,
  meanDeviation,
  namesOf,
  swingsOf,
  vectors,
  type DriftPart,
  type ReferenceSwings,
} from './swings.ts';

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
  referenceParts: 500,
  windowParts: 50,
  alpha: 0.01,
  looks: 2,
  streamDelta: 1e-4,
  beyond: 1.25,
};

/** What is known after `seen` parts; the parts rebuild it. */
export interface DriftState<Name extends string> {
  readonly seen: number;
  /** Until it is complete it grows. */
  readonly reference: readonly DriftPart<Name>[];
  /** Of the complete reference; null before. */
  readonly swings: ReferenceSwings<Name> | null;
  /** The newest parts after the reference, oldest first. */
  readonly recent: readonly DriftPart<Name>[];
  readonly suspicions: number;
  readonly streams: Readonly<Partial<Record<string, AdwinState>>>;
}

/** One comparison of the newest parts with the reference. */
export interface DriftLook<Name extends string> {
  readonly features: readonly FeatureDrift<Name>[];
  /** p of the mean discrepancy over all features together. */
  readonly togetherP: number;
  /** The same of the embeddings; null where there are too few. */
  readonly embeddingP: number | null;
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
 * all together by the mean discrepancy (Rabanser et al., arXiv 1810.11953), likewise the embeddings, called when `looks`
 * in a row suspect drift; and every part, each feature by an adaptive window. Since parts of a line are not independent,
 * a difference only counts where it also goes beyond what windows of the reference itself differ by.
 * @param part the next one
 */
export function nextDrift<Name extends string>(
  plan: DriftPlan,
  state: DriftState<Name>,
  part: DriftPart<Name>,
): DriftStep<Name> {
  const seen = state.seen + 1;
  if (!state.swings) {
    const reference = [...state.reference, part];
    const swings = reference.length >= plan.referenceParts ? swingsOf(plan.windowParts, reference) : null;
    return { state: { ...state, seen, reference, swings }, look: null, call: null };
  }
  const recent = [...state.recent.slice(-(recentParts - 1)), part];
  const { streams, cut } = nextStreams(plan, state.streams, state.swings, recent);
  const isDue = (seen - state.reference.length) % plan.windowParts === 0;
  const look = isDue ? lookAt(plan, state.reference, state.swings, recent, seen) : null;
  const suspicions = look ? (look.isSuspect ? state.suspicions + 1 : 0) : state.suspicions;
  const next = { ...state, seen, recent, streams, suspicions };
  return { state: next, look, call: callOf(plan, next, state.swings, look, cut) };
}

/** What the parts alone do not tell: plain numbers, to be kept beside them. */
export type DriftMemory<Name extends string> = Omit<DriftState<Name>, 'reference' | 'recent'>;

/** A part with its number on its line, from 1. */
export interface NumberedPart<Name extends string> extends DriftPart<Name> {
  readonly number: number;
}

export interface DriftFinding<Name extends string> extends Omit<DriftStep<Name>, 'state'> {
  /** Of the part with which it was found. */
  readonly number: number;
}

/**
 * Takes the next parts of a line, so that whoever keeps its parts need keep nothing else but this memory.
 * @param known the complete reference, and the newest parts after it, oldest first; `memory` null: the reference has
 *   just been completed
 * @param parts in order; the numbers of parts forgotten in between are left out, so that looks fall where they would have
 */
export function watchParts<Name extends string>(
  plan: DriftPlan,
  {
    memory,
    ...known
  }: Pick<DriftState<Name>, 'reference' | 'recent'> & {
    readonly memory: DriftMemory<Name> | null;
  },
  parts: readonly NumberedPart<Name>[],
): { readonly memory: DriftMemory<Name>; readonly findings: DriftFinding<Name>[] } {
  let state: DriftState<Name> = memory
    ? { ...memory, ...known }
    : known.reference.reduce((so, part) => nextDrift(plan, so, part).state, startDrift<Name>());
  const findings = parts.flatMap(({ number, ...part }) => {
    const { state: next, ...found } = nextDrift(plan, { ...state, seen: number - 1 }, part);
    state = next;
    return found.look || found.call ? [{ number, ...found }] : [];
  });
  const { seen, swings, suspicions, streams } = state;
  return { memory: { seen, swings, suspicions, streams }, findings };
}

function callOf<Name extends string>(
  { alpha, looks, windowParts, beyond }: DriftPlan,
  { reference, recent, suspicions }: DriftState<Name>,
  { features: swings }: ReferenceSwings<Name>,
  look: DriftLook<Name> | null,
  cut: { readonly feature: Name; readonly partsAgo: number } | null,
): DriftCall<Name> | null {
  if (look && suspicions >= looks) {
    const [worst] = look.features;
    const seen = embeddingsOf(reference);
    const isOfNetwork = !worst!.hasMoved && seen.length > 0;
    const series = isOfNetwork
      ? towards(seen, recent, windowParts)
      : recent.map(({ values }) => deviation(swings[worst!.feature], values[worst!.feature]));
    return { by: 'window', features: look.features, partsAgo: recent.length - changePoint(series) };
  }
  if (!cut) return null;
  const now = recent.slice(-Math.max(cut.partsAgo, leastToName));
  // The stream that was cut first is seldom the only one: a score moves with the picture.
  const features = featureDrift(columns(reference), columns(now), alpha).map((each) => {
    const own = swings[each.feature];
    const isBeyond = Math.abs(meanDeviation(own, now, each.feature)) > beyond * own.swing;
    return { ...each, hasMoved: each.feature === cut.feature || (each.hasMoved && isBeyond) };
  });
  return { by: 'stream', features: movedFirst(features), partsAgo: cut.partsAgo };
}

const leastToName = 10;

function lookAt<Name extends string>(
  { windowParts, alpha, beyond }: DriftPlan,
  reference: readonly DriftPart<Name>[],
  swings: ReferenceSwings<Name>,
  recent: readonly DriftPart<Name>[],
  seen: number,
): DriftLook<Name> {
  const now = recent.slice(-windowParts);
  const features = featureDrift(columns(reference), columns(now), alpha / kindsOfTest).map((each) => {
    const own = swings.features[each.feature];
    const isBeyond = Math.abs(meanDeviation(own, now, each.feature)) > beyond * own.swing;
    return { ...each, hasMoved: each.hasMoved && isBeyond };
  });
  const test = (
    before: readonly (readonly number[])[],
    after: readonly (readonly number[])[],
    own: number,
  ) => {
    const random = seededRandom(seen);
    const { mmd, p } = mmdTest(evenly(before, 2 * windowParts), after, { random, permutations, enough });
    return { p, isSuspect: p <= alpha / kindsOfTest && mmd > beyond * own };
  };
  const together = test(vectors(reference), vectors(now), swings.together);
  const seenNow = embeddingsOf(now);
  const embedding =
    swings.embedding === null || seenNow.length < windowParts / 2
      ? null
      : test(embeddingsOf(reference), seenNow, swings.embedding);
  return {
    features: movedFirst(features),
    togetherP: together.p,
    embeddingP: embedding?.p ?? null,
    isSuspect:
      together.isSuspect || Boolean(embedding?.isSuspect) || features.some(({ hasMoved }) => hasMoved),
  };
}

/** Features, features together, embeddings: they share the chance of a false suspicion. */
const kindsOfTest = 3;
/** Enough for a p of .002, below a third of `alpha`. */
const permutations = 499;
/** Where nothing has moved, some dozens tell. */
const enough = 10;

function movedFirst<Name extends string>(features: readonly FeatureDrift<Name>[]): FeatureDrift<Name>[] {
  const size = ({ shift }: FeatureDrift<Name>) => Math.abs(shift ?? 0);
  return features.toSorted((a, b) => Number(b.hasMoved) - Number(a.hasMoved) || size(b) - size(a));
}

function nextStreams<Name extends string>(
  { streamDelta, windowParts, beyond }: DriftPlan,
  before: DriftState<Name>['streams'],
  { features }: ReferenceSwings<Name>,
  recent: readonly DriftPart<Name>[],
) {
  const row = recent.at(-1)!.values;
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
    // The newest parts must still be there: a cut may also be found late, after the feature has come back.
    const newest = recent.slice(-Math.min(windowParts, next.cut?.length ?? 0));
    const isBeyond = (deviations: number) => Math.abs(deviations) > beyond * own.swing;
    if (next.cut && isBeyond(unbounded(next.cut.after)) && isBeyond(meanDeviation(own, newest, feature))) {
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

/** How far each part lies towards where the newest window is, seen from the reference; 0 of those without an embedding. */
function towards<Name extends string>(
  reference: readonly (readonly number[])[],
  recent: readonly DriftPart<Name>[],
  windowParts: number,
): number[] {
  const now = embeddingsOf(recent.slice(-windowParts));
  const mean = (rows: readonly (readonly number[])[], at: number) =>
    rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length;
  const from = (reference[0] ?? []).map((_, at) => mean(reference, at));
  const way = from.map((value, at) => mean(now, at) - value);
  return recent.map(({ embedding }) =>
    (embedding ?? from).reduce((sum, value, at) => sum + (value - from[at]!) * way[at]!, 0),
  );
}
