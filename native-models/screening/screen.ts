import type { Random } from '../random.ts';
import { smallCluster } from './activationClustering.ts';
import { principalComponents, whitened } from './components.ts';
import { confidentLearning, type OutOfFold } from './confidentLearning.ts';
import { neighbourVotes } from './deepKnn.ts';
import { fitLogistic, probabilitiesOf } from './logistic.ts';
import { lonelyLimit, lonelyParts } from './patchOutliers.ts';
import { noPace, type Pace, type ScreenedRows } from './rows.ts';
import { spectralLimit, spectralScores } from './spectralSignatures.ts';

/** Why a part is a suspect, with the figure of the check that says so. */
export type Reason =
  /** Deep k-NN: its neighbours are mostly of another class. `figure`: their share of the vote, 0..1. */
  | { readonly check: 'neighbours'; readonly figure: number; readonly looksLike: string }
  /** Confident learning: a classifier that never saw it is sure of another class. `figure`: its probability, 0..1. */
  | { readonly check: 'outOfFold'; readonly figure: number; readonly looksLike: string }
  /** Spectral signature: far out where its class varies most. `figure`: robust standard deviations. */
  | { readonly check: 'signature'; readonly figure: number }
  /**
   * Activation clustering: one of a group apart within its class, which the other classes would claim. `figure`: share of
   * the group that they claim, 0..1.
   */
  | { readonly check: 'cluster'; readonly figure: number; readonly members: number }
  /** Shows something that no other part of its class shows. `figure`: robust standard deviations. */
  | { readonly check: 'alone'; readonly figure: number };

export type Check = Reason['check'];

export interface Suspect {
  /** Of the rows. */
  readonly index: number;
  /** At least one. */
  readonly reasons: readonly Reason[];
  /** 0..1, for the order only: how much speaks against the part. */
  readonly suspicion: number;
}

/** Parts with their features, whole and by place. */
export interface ScreenedParts extends ScreenedRows {
  /** float32 [patches · dimensions] of each part, whitened; none = nothing is said of single places. */
  readonly patches?: { readonly of: readonly Float32Array[]; readonly dimensions: number };
}

export interface Screening {
  /** Most suspicious first. */
  readonly suspects: readonly Suspect[];
  /** Classes with too few parts for the checks of labels. */
  readonly tooFew: readonly string[];
  /** Checks that there was enough for. */
  readonly checks: readonly Check[];
  /**
   * How well these features tell the stated classes apart: mean over the classes of the share that is given its own class
   * out of fold, 0..1; null with one class. Below `leastSeparation` the checks of labels must agree to name a suspect.
   */
  readonly separation: number | null;
}

export interface ScreenOptions {
  readonly random: Random;
  readonly pace?: Pace;
}

/** Components that all checks work on. */
const components = 64;
/** A class with fewer parts cannot be told from chance. */
export const fewestOfClass = 8;
/** A class with fewer has no direction or cluster of its own. */
const fewestToDivide = 30;
/** The neighbours must be this sure. */
const leastVote = 0.5;
/** Of Chen et al., section 5: poison is the smaller part, and the clusters are clearly two. */
const largestCluster = 0.35;
const leastSilhouette = 0.1;
/** Where classes are told apart less well, one check of labels alone names more right parts than wrong ones. */
export const leastSeparation = 0.7;
/** More of a group apart must be claimed by other classes than by its own. */
const leastClaimed = 0.5;

/**
 * Screens the parts of a training for wrong labels, backdoors and foreign bodies. Nothing here decides: suspects are for
 * a human to look at.
 * @param parts with rows as the backbone gives them; at least one
 * @throws what `pace` throws
 */
export async function screenParts(parts: ScreenedParts, options: ScreenOptions): Promise<Screening> {
  const { random, pace = noPace } = options;
  const reduced = principalComponents(parts.rows, components, random.fork('components'));
  const points: ScreenedRows = { ...parts, rows: reduced.points };
  const byClass = Map.groupBy(parts.labels.keys(), (at) => parts.labels[at]!);
  const reasons = new Map<number, Reason[]>();
  const note = (index: number, reason: Reason) => reasons.set(index, [...(reasons.get(index) ?? []), reason]);
  const checks = new Set<Check>();

  const judged = [...byClass.values()].filter((own) => own.length >= fewestOfClass).flat();
  const kept = judged.sort((a, b) => a - b);
  let separation: number | null = null;
  if (new Set(kept.map((at) => parts.labels[at]!)).size > 1) {
    const asked = {
      kept,
      points: only(points, kept),
      wide: only({ ...points, rows: whitened(reduced) }, kept),
    };
    separation = await checkLabels(asked, random, part(pace, 0, 0.4), note);
    checks.add('neighbours').add('outOfFold');
    if (separation >= leastSeparation) checkClusters(asked, random, checks, note);
  }
  const large = [...byClass].filter(([, own]) => own.length >= fewestToDivide);
  for (const [at, [label, own]] of large.entries()) {
    const share = (done: number) => 0.4 + (0.6 * (at + done)) / large.length;
    checks.add('signature');
    const scores = spectralScores(
      own.map((index) => points.rows[index]!),
      random.fork(`signature ${label}`),
    );
    scores.forEach(({ deviations, isOutlier }, place) => {
      if (isOutlier) note(own[place]!, { check: 'signature', figure: deviations });
    });
    if (!parts.patches) continue;
    checks.add('alone');
    const lonely = await lonelyParts(
      own.map((index) => parts.patches!.of[index]!),
      own.map((index) => parts.groups[index]!),
      parts.patches.dimensions,
      random.fork(`alone ${label}`),
      part(pace, share(0), share(1)),
    );
    lonely.forEach(({ deviations, isOutlier }, place) => {
      if (isOutlier) note(own[place]!, { check: 'alone', figure: deviations });
    });
  }
  const suspects = [...reasons].map(([index, own]) => ({ index, reasons: own, suspicion: suspicionOf(own) }));
  return {
    suspects: suspects.sort((one, other) => other.suspicion - one.suspicion || one.index - other.index),
    tooFew: [...byClass].filter(([, own]) => own.length < fewestOfClass).map(([label]) => label),
    checks: [...checks],
    separation,
  };
}

/** Parts of classes that are large enough. */
interface Asked {
  /** Place of each among all. */
  readonly kept: readonly number[];
  readonly points: ScreenedRows;
  /** With whitened features. */
  readonly wide: ScreenedRows;
}

/** @returns the separation */
async function checkLabels(
  { kept, points, wide }: Asked,
  random: Random,
  pace: Pace,
  note: Note,
): Promise<number> {
  const votes = await neighbourVotes(points, part(pace, 0, 0.5));
  const outOfFold = await confidentLearning(wide, random.fork('folds'), part(pace, 0.5, 1));
  const separation = separationOf(outOfFold, points.labels);
  const isOneEnough = separation >= leastSeparation;
  kept.forEach((index, at) => {
    const [vote, each] = [votes[at]!, outOfFold[at]!];
    const saysVote = vote.isAgainst && vote.share >= leastVote;
    if (!(isOneEnough ? saysVote || each.isIssue : vote.isAgainst && each.isIssue)) return;
    if (vote.isAgainst) note(index, { check: 'neighbours', figure: vote.share, looksLike: vote.voted });
    if (each.isIssue)
      note(index, { check: 'outOfFold', figure: each.otherProbability, looksLike: each.other });
  });
  return separation;
}

function separationOf(outOfFold: readonly OutOfFold[], labels: readonly string[]): number {
  const classes = [...Map.groupBy(labels.keys(), (at) => labels[at]!).values()];
  const shares = classes.map((own) => {
    return own.filter((at) => outOfFold[at]!.own > outOfFold[at]!.otherProbability).length / own.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function checkClusters({ kept, points, wide }: Asked, random: Random, checks: Set<Check>, note: Note): void {
  for (const [label, own] of Map.groupBy(kept.keys(), (at) => points.labels[at]!)) {
    if (own.length < fewestToDivide) continue;
    checks.add('cluster');
    const found = claimedCluster(own, points, wide, label, random.fork(`cluster ${label}`));
    for (const at of found?.members ?? []) {
      note(kept[at]!, { check: 'cluster', figure: found!.claimed, members: found!.members.length });
    }
  }
}

type Note = (index: number, reason: Reason) => void;

/**
 * A cluster apart whose parts a classifier taught without them gives to other classes (Chen et al., section 5).
 * @param own places of the class
 */
function claimedCluster(
  own: readonly number[],
  points: ScreenedRows,
  wide: ScreenedRows,
  label: string,
  random: Random,
): { readonly members: readonly number[]; readonly claimed: number } | null {
  const cluster = smallCluster(
    own.map((at) => points.rows[at]!),
    random,
  );
  if (!cluster || cluster.share > largestCluster || cluster.silhouette < leastSilhouette) return null;
  const members = cluster.members.map((at) => own[at]!);
  const apart = new Set(members);
  const names = [...new Set(wide.labels)].sort();
  const rest = [...wide.rows.keys()].filter((at) => !apart.has(at));
  const model = fitLogistic(
    rest.map((at) => wide.rows[at]!),
    rest.map((at) => names.indexOf(wide.labels[at]!)),
    names.length,
  );
  const isClaimed = (at: number) => {
    const p = probabilitiesOf(model, wide.rows[at]!);
    return p.indexOf(Math.max(...p)) !== names.indexOf(label);
  };
  const claimed = members.filter(isClaimed).length / members.length;
  return claimed > leastClaimed ? { members, claimed } : null;
}

/** As independent witnesses: 1 − Π(1 − how sure each is). */
function suspicionOf(reasons: readonly Reason[]): number {
  return 1 - reasons.reduce((rest, reason) => rest * (1 - sureness(reason)), 1);
}

/** How sure a check is, 0..1: shares as they are, deviations by how far beyond their limit. */
function sureness({ check, figure }: Reason): number {
  if (check === 'signature') return 1 - spectralLimit / (2 * figure);
  if (check === 'alone') return 1 - lonelyLimit / (2 * figure);
  return Math.min(figure, 0.999);
}

function only({ rows, labels, groups }: ScreenedRows, kept: readonly number[]): ScreenedRows {
  return {
    rows: kept.map((at) => rows[at]!),
    labels: kept.map((at) => labels[at]!),
    groups: kept.map((at) => groups[at]!),
  };
}

/** Of the whole, the share from `start` to `end`. */
function part(pace: Pace, start: number, end: number): Pace {
  return (share) => pace(start + share * (end - start));
}
