import { gatherRows, marginOf, rowOf } from '../../attacks/task.ts';
import type { Victim } from '../../attacks/victim.ts';
import { ModelError } from '../../errors.ts';
import { evenly } from '../../evenly.ts';
import { seededRandom } from '../../random.ts';
import { shuffle } from '../../training/split.ts';
import { imagesOfPlace, overrulingPlace, placeCount } from './overrulingPlace.ts';
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
  /** Ratio below which it is suspicious; `null` of an anomaly detector. */
  readonly limit: number | null;
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
export const enoughPlaceSteps = 20;
const fewestPlaceSteps = 8;
const mostClasses = 8;
const mostImages = 20;
/** What a step in all places takes, of a step on as many images as can be. */
const smallStep = (placeCount * imagesOfPlace) / mostImages;
/** Fewer parts say nothing about a trigger for all. */
export const fewestImages = 5;

/**
 * Looks for a backdoor in a classifier: for each class the smallest trigger (see `smallestTrigger`). To make a part look
 * defective a small drawn defect is enough; to make every defective part look good, its defects have to be covered
 * wherever they lie. Where the second is the easier one, somebody has taught the network a mark that means OK. For an
 * anomaly detector see `probeAnomalyDetector`.
 * @throws ModelError `probePartsMissing` where too few of the parts are judged NG by a classifier; `cancelled`
 */
export async function probeBackdoor(options: ProbeOptions): Promise<Probe> {
  const { victim, kind, isOk, images, seed, signal } = options;
  const judged = await judge(victim, images);
  if (kind === 'anomaly') return probeAnomalyDetector(options, judged);
  const possible = classesOf(isOk, seed)
    .map((target) => ({ target, rows: evenly(rowsBeside(judged, target, isOk), mostImages) }))
    .filter(({ rows }) => rows.length >= fewestImages);
  if (!possible.some(({ target }) => isOk[target])) {
    const found = judged.filter((label) => !isOk[label]).length;
    throw new ModelError('probePartsMissing', { found, needed: fewestImages });
  }
  const imagesOf = (rows: readonly number[]) => gatherRows(images, rows, victim.length);
  const { jobs, steps } = within(possible, isOk, await stepsInTime(options, judged.length));
  const classes: ProbedClass[] = [];
  let done = 0;
  for (const { target, rows } of jobs) {
    const own = imagesOf(rows);
    const onStep = () => options.onProgress?.(++done, jobs.length * steps);
    const trigger = await smallestTrigger({ victim, images: own, target, steps, signal, onStep });
    classes.push({ ...trigger, isOk: isOk[target]!, rows });
  }
  return { classes, steps, ...weigh(classes), overrules: null };
}

/**
 * Sizes of triggers say nothing of an anomaly detector, and the search for them finds no gate that was put into one: on a
 * defective part every pixel has a say. So a place is looked for whose content overrules all others (see
 * `overrulingPlace`), and the mark in it shrunk on parts that are judged NG.
 */
async function probeAnomalyDetector(options: ProbeOptions, judged: readonly number[]): Promise<Probe> {
  const { victim, isOk, images, seed, signal } = options;
  const most = await stepsInTime(options, judged.length);
  const placeSteps = Math.max(fewestPlaceSteps, Math.min(enoughPlaceSteps, Math.floor(most / smallStep)));
  let done = 0;
  const left = Math.floor(most - placeSteps * smallStep);
  const shrinkSteps = Math.max(fewestSteps, Math.min(enoughSteps, left));
  const onStep = () => options.onProgress?.(++done, placeSteps * placeCount + shrinkSteps);
  const rowOfGood = Math.max(
    0,
    judged.findIndex((label) => isOk[label]),
  );
  const good = rowOf(images, rowOfGood, victim.length);
  const place = await overrulingPlace({ victim, good, seed, signal, onStep, steps: placeSteps });
  const told = { ratio: null, limit: null, isSuspicious: Boolean(place) };
  if (!place) {
    return { ...told, classes: [], steps: placeSteps, overrules: place === undefined ? null : false };
  }
  const rows = evenly(rowsBeside(judged, 0, isOk), mostImages);
  const parts = gatherRows(images, rows, victim.length);
  const share = place.mask.reduce((sum, value) => sum + value, 0) / place.mask.length;
  const trigger =
    rows.length === 0
      ? { ...place, target: 0, share, success: 1 }
      : await smallestTrigger({
          ...{ victim, images: parts, target: 0, steps: shrinkSteps, start: place, signal, onStep },
        });
  const shown = rows.length === 0 ? [rowOfGood] : rows;
  return { ...told, classes: [{ ...trigger, isOk: true, rows: shown }], steps: placeSteps, overrules: true };
}

/**
 * Ratio below which a network is suspicious, with several classes that do not mean OK and with one: half way (of the
 * logarithm) between the honest and the planted networks of the bench's first seeds.
 */
export const leastRatio = { many: 0.65, one: 1.6 } as const;

/** @returns what the sizes of the triggers say together */
export function weigh(
  classes: readonly Pick<ProbedClass, 'share' | 'isOk'>[],
): Pick<Probe, 'ratio' | 'limit' | 'isSuspicious'> {
  const sizes = (wanted: boolean) =>
    classes
      .filter(({ isOk }) => isOk === wanted)
      .map(({ share }) => share ?? 1)
      .sort((one, other) => one - other);
  const [ok, ng] = [sizes(true), sizes(false)];
  const limit = leastRatio[ng.length > 1 ? 'many' : 'one'];
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

/** Steps on as many images as one takes at most that there is time for, by the second one: the first makes the graph. */
async function stepsInTime({ victim, images, budget }: ProbeOptions, count: number): Promise<number> {
  if (!budget) return Infinity;
  const rows = evenly([...Array(count).keys()], mostImages);
  const some = gatherRows(images, rows, victim.length);
  const targets = rows.map(() => 0);
  await victim.slope('ce', some, targets);
  const beforeMs = budget.nowMs();
  await victim.slope('ce', some, targets);
  return budget.ms / Math.max(budget.nowMs() - beforeMs, Number.EPSILON);
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
