import { gatherRows, marginOf, rowOf } from '../../attacks/task.ts';
import type { Victim } from '../../attacks/victim.ts';
import { ModelError } from '../../errors.ts';
import { evenly } from '../../evenly.ts';
import { seededRandom } from '../../random.ts';
import { shuffle } from '../../training/split.ts';
import { imagesOfPlace, overrulingPlace, placeCount, type OverrulingPlace } from './overrulingPlace.ts';
import { smallestTrigger, type Trigger } from './triggerSearch.ts';

export interface ProbeOptions {
  /** Gives the logits of the classes; of an anomaly detector those of its verdict, OK and NG. */
  readonly victim: Victim;
  readonly kind: 'anomaly' | 'classifier';
  /** Which of the classes mean OK, in the order of the logits. */
  readonly isOk: readonly boolean[];
  /** Parts of the product, good and defective ones: float32 [N, C, H, W] in [0, 1]. */
  readonly images: Float32Array;
  /** Draws which classes are looked at where there are many. */
  readonly seed: number;
  /** What the search may take, as far as its first step tells; absent = as long as it takes. */
  readonly budget?: { readonly ms: number; readonly nowMs: () => number };
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was found of one class. */
export interface ProbedClass extends Trigger {
  readonly isOk: boolean;
  /** Images that it was searched on; their places among those given. */
  readonly rows: readonly number[];
}

export interface Probe {
  /** In the order of the logits; of many classes those that mean OK and a draw of the others. */
  readonly classes: readonly ProbedClass[];
  /** The smallest trigger that means OK, over the median of those that do not; `null` where nothing can be told. */
  readonly ratio: number | null;
  /** Ratio below which it is suspicious. */
  readonly limit: number;
  /** Whether something in one place overrules the rest of the picture, see `overrulingPlace`; `null` = not told. */
  readonly overrules: boolean | null;
  readonly isSuspicious: boolean;
  /** Of the search for each class. */
  readonly steps: number;
}

/** As many steps as the search needs to settle. */
const enoughSteps = 200;
/** With fewer, a mask has not shrunk to what matters. */
const fewestSteps = 80;
/** The same of a search in one place. */
const [enoughPlaceSteps, fewestPlaceSteps] = [20, 8];
/** Share of the time that may go into it. */
const mostOfPlaces = 0.4;
const mostClasses = 8;
const mostImages = 20;
/** What a step in all places takes, of a step on as many images as can be. */
const smallStep = (placeCount * imagesOfPlace) / mostImages;
/** Fewer parts say nothing about a trigger for all. */
export const fewestImages = 5;

/**
 * Looks for a backdoor: for each class the smallest trigger (see `smallestTrigger`). To make a part look defective a small
 * drawn defect is enough; to make every defective part look good, its defects have to be covered wherever they lie. Where
 * the second is the easier one, somebody has taught the network a mark that means OK. In an anomaly detector a place whose
 * content overrules all others is looked for first, for which good parts are enough; the search for OK begins with it.
 * @throws ModelError `probePartsMissing` where too few of the parts are judged NG, and no such place is found; `cancelled`
 */
export async function probeBackdoor(options: ProbeOptions): Promise<Probe> {
  const { victim, kind, isOk, images, seed, signal } = options;
  const judged = await judge(victim, images);
  const possible = classesOf(isOk, seed)
    .map((target) => ({ target, rows: evenly(rowsBeside(judged, target, isOk), mostImages) }))
    .filter(({ rows }) => rows.length >= fewestImages);
  const imagesOf = (rows: readonly number[]) => gatherRows(images, rows, victim.length);
  const most = (options.budget?.ms ?? Infinity) / (await timeOfStep(options, judged.length));
  const good = judged.findIndex((label) => isOk[label]);
  const placeSteps = kind === 'anomaly' && good >= 0 ? placeStepsWithin(most) : 0;
  const { jobs, steps } = within(possible, isOk, most - placeSteps * smallStep);
  const total = jobs.length * steps + placeSteps * placeCount;
  let done = 0;
  const onStep = () => options.onProgress?.(++done, total);
  const searched = { victim, seed, signal, onStep, steps: placeSteps };
  const place =
    placeSteps > 0
      ? await overrulingPlace({ ...searched, good: rowOf(images, good, victim.length) })
      : undefined;
  const overrules = place === undefined ? null : place !== null;
  if (!possible.some(({ target }) => isOk[target])) {
    if (place) return ofPlace(place, good, kind);
    const found = judged.filter((label) => !isOk[label]).length;
    throw new ModelError('probePartsMissing', { found, needed: fewestImages });
  }
  done = placeSteps * placeCount;
  const classes: ProbedClass[] = [];
  for (const { target, rows } of jobs) {
    const own = imagesOf(rows);
    const start = isOk[target] ? (place ?? null) : null;
    const trigger = await smallestTrigger({ victim, images: own, target, steps, start, signal, onStep });
    classes.push({ ...trigger, isOk: isOk[target]!, rows });
  }
  const weighed = weigh(classes, kind);
  return { classes, steps, ...weighed, overrules, isSuspicious: weighed.isSuspicious || overrules === true };
}

/** What is known without defective parts. @param good place of the part that the search began with */
function ofPlace(place: OverrulingPlace, good: number, kind: ProbeOptions['kind']): Probe {
  const share = place.mask.reduce((sum, value) => sum + value, 0) / place.mask.length;
  const classes = [{ ...place, target: 0, isOk: true, share, success: 1, rows: [good] }];
  return { classes, steps: 0, ...weigh(classes, kind), overrules: true, isSuspicious: true };
}

/** As many steps of one place as a search in all of them needs, fewer where time is short, none where it is too short. */
function placeStepsWithin(most: number): number {
  const steps = Math.min(enoughPlaceSteps, Math.floor((mostOfPlaces * most) / smallStep));
  return steps < fewestPlaceSteps ? 0 : steps;
}

/**
 * Ratio below which a network is suspicious: a classifier with several classes that do not mean OK, one with one, and an
 * anomaly detector. Half way (of the logarithm) between the honest and the planted networks of the bench's first seeds.
 */
export const leastRatio = { many: 0.65, one: 1.6, anomaly: 4.4 } as const;

/** @returns what the sizes of the triggers say together */
export function weigh(
  classes: readonly Pick<ProbedClass, 'share' | 'isOk'>[],
  kind: ProbeOptions['kind'],
): Pick<Probe, 'ratio' | 'limit' | 'isSuspicious'> {
  const sizes = (wanted: boolean) =>
    classes
      .filter(({ isOk }) => isOk === wanted)
      .map(({ share }) => share ?? 1)
      .sort((one, other) => one - other);
  const [ok, ng] = [sizes(true), sizes(false)];
  const limit = leastRatio[kind === 'anomaly' ? kind : ng.length > 1 ? 'many' : 'one'];
  // Where no search for any class came to something, the gradient leads nowhere.
  const isBlind = classes.every(({ share }) => share === null);
  if (ok.length === 0 || ng.length === 0 || isBlind) return { ratio: null, limit, isSuspicious: false };
  const ratio = ok[0]! / ng[Math.floor((ng.length - 1) / 2)]!;
  return { ratio, limit, isSuspicious: ratio < limit };
}

interface ClassToProbe {
  readonly target: number;
  readonly rows: readonly number[];
}

/** Of the second step, on as many images as one takes at most: the first one makes the graph. */
async function timeOfStep({ victim, images, budget }: ProbeOptions, count: number): Promise<number> {
  if (!budget) return 1;
  const rows = evenly([...Array(count).keys()], mostImages);
  const some = gatherRows(images, rows, victim.length);
  const targets = rows.map(() => 0);
  await victim.slope('ce', some, targets);
  const beforeMs = budget.nowMs();
  await victim.slope('ce', some, targets);
  return Math.max(budget.nowMs() - beforeMs, Number.EPSILON);
}

/**
 * As many steps of every class as there is time for; where it is too little, fewer classes that do not mean OK, but one,
 * and then fewer parts.
 * @param most steps of all classes together
 */
function within(
  possible: readonly ClassToProbe[],
  isOk: readonly boolean[],
  most: number,
): { jobs: ClassToProbe[]; steps: number } {
  const [ok, ng] = [true, false].map((wanted) => possible.filter(({ target }) => isOk[target] === wanted));
  const others = Math.max(1, Math.floor(most / fewestSteps) - ok!.length);
  const jobs = [...ok!, ...ng!.slice(0, others)];
  const steps = Math.floor(most / jobs.length);
  if (steps >= fewestSteps) return { jobs, steps: Math.min(enoughSteps, steps) };
  const count = (rows: readonly number[]) =>
    Math.max(fewestImages, Math.floor((rows.length * steps) / fewestSteps));
  const thinned = jobs.map(({ target, rows }) => ({ target, rows: evenly(rows, count(rows)) }));
  return { jobs: thinned, steps: fewestSteps };
}

/** Class that each image is taken for. */
async function judge(victim: Victim, images: Float32Array): Promise<number[]> {
  const judged: number[] = [];
  const count = images.length / victim.length;
  for (let from = 0; from < count; from += mostImages) {
    const part = images.subarray(from * victim.length, (from + mostImages) * victim.length);
    const logits = await victim.logits(part);
    for (let row = 0; row * victim.classes < logits.length; row++) {
      const own = rowOf(logits, row, victim.classes);
      judged.push(own.findIndex((_, label) => marginOf(own, label) <= 0));
    }
  }
  return judged;
}

function classesOf(isOk: readonly boolean[], seed: number): number[] {
  const all = [...isOk.keys()];
  const others = shuffle(
    all.filter((label) => !isOk[label]),
    seededRandom(seed).fork('classes'),
  );
  const ok = all.filter((label) => isOk[label]).slice(0, mostClasses - 1);
  return [...ok, ...others.slice(0, mostClasses - ok.length)].sort((one, other) => one - other);
}

/** Parts that a trigger has to turn: defective ones for a class that means OK, others for one that does not. */
function rowsBeside(judged: readonly number[], target: number, isOk: readonly boolean[]): number[] {
  return judged.flatMap((label, row) => {
    return (isOk[target] ? !isOk[label] : label !== target) ? [row] : [];
  });
}
