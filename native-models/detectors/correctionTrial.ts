import { bootstrapInterval } from '../evaluate/bootstrap.ts';
import { ModelError } from '../errors.ts';
import { corrupt } from '../images/corruptions/index.ts';
import { pictureSeed, type Picture } from '../images/picture.ts';
import { conditionName, type Disturbance } from '../images/site/profile.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { ModelCard, Thresholds } from './card.ts';
import type {
  CorrectionReason,
  CorrectionStep,
  CorrectionTrial,
  CorrectionWish,
  RateChange,
} from './correctionRecord.ts';
import { openDetector, type Detector } from './detector.ts';
import { loadOrSkip, type ImageLoader } from './teach.ts';

/** What the two corrections are for, in the middle of what a line does. */
const disturbances: readonly (Disturbance | null)[] = [
  null,
  { corruption: 'shift', severity: 2 },
  { corruption: 'rotation', severity: 2 },
  { corruption: 'exposure', severity: 2 },
  { corruption: 'illumination-gradient', severity: 2 },
];

/** Detection may not fall by more than this, nor its interval reach further down. */
const mostFall = 0.02;
const mostPossibleFall = 0.1;

/** Parts that no detector of the trial has seen. */
export interface MeasuredParts {
  readonly good: readonly ImageLoader[];
  readonly defective: readonly ImageLoader[];
}

export interface TrialOptions {
  readonly seed: number;
  readonly session?: SessionOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

type PartOptions = Omit<TrialOptions, 'onProgress'> & { readonly onPart: () => void };

/** What a product's parts said of corrections. `wish`: what to teach with; null = no correction. */
export interface CorrectionChoice {
  readonly wish: CorrectionWish | null;
  readonly trial: CorrectionTrial;
}

/** Where there are too few parts to tell. */
export const untold: CorrectionChoice = {
  wish: null,
  trial: { good: 0, defective: 0, isSynthetic: false, steps: [] },
};

/** Both kinds of light, position on top of what helped, and everything together. */
const candidates: readonly ((on: CorrectionWish) => CorrectionWish | null)[] = [
  (on) => ({ ...on, light: 'field' }),
  (on) => (on.light === 'none' ? { ...on, light: 'gain' } : null),
  (on) => ({ ...on, position: true }),
  (on) => (on.light === 'field' ? null : { position: true, light: 'field' }),
];

/**
 * Measures whether correcting light and position helps: detectors that are taught with and without judge parts that none
 * of them has seen, as they are and disturbed. A correction is on where it lowers the false alarms with 95 % confidence
 * (the interval of the change lies below 0), detection does not fall (by at most 0.02, with the interval's end above
 * −0.1) and undisturbed parts raise at most one false alarm more. Otherwise it is off.
 * @param teach makes a detector of other parts with a correction
 * @throws ModelError `cancelled`, and as `teach` and `openDetector`
 */
export async function tryCorrections(
  measured: MeasuredParts,
  isSynthetic: boolean,
  teach: (wish: CorrectionWish | null) => Promise<{ readonly model: Model; readonly card: ModelCard }>,
  options: TrialOptions,
): Promise<CorrectionChoice> {
  const parts = measured.good.length + measured.defective.length;
  let done = 0;
  const each: PartOptions = {
    ...options,
    // At most: some candidates need not be tried.
    onPart: () => options.onProgress?.(++done, (1 + candidates.length) * parts),
  };
  const alarmsWith = async (wish: CorrectionWish | null) => {
    const { model, card } = await teach(wish);
    return alarmsOf(model, card.thresholds, measured, each);
  };
  let on: CorrectionWish = { position: false, light: 'none' };
  let before = await alarmsWith(null);
  const readable = { good: before.good[0]!.length, defective: before.defective[0]!.length };
  if (readable.good === 0 || readable.defective === 0) return untold;
  const steps: CorrectionStep[] = [];
  for (const candidate of candidates) {
    const wish = candidate(on);
    if (!wish) continue;
    const after = await alarmsWith(wish);
    const step = compared(wish, before, after, options.seed);
    steps.push(step);
    if (step.isOn) [on, before] = [wish, after];
  }
  const trial = { ...readable, isSynthetic, steps };
  return { wish: on.position || on.light !== 'none' ? on : null, trial };
}

/** Alarms of every part under every condition: [condition][part]. */
interface Alarms {
  readonly good: readonly (readonly boolean[])[];
  readonly defective: readonly (readonly boolean[])[];
}

async function alarmsOf(
  model: Model,
  thresholds: Thresholds,
  { good, defective }: MeasuredParts,
  options: PartOptions,
): Promise<Alarms> {
  const detector = await openDetector(model, options.session);
  try {
    return {
      good: await alarmsAmong(good, detector, thresholds, options),
      defective: await alarmsAmong(defective, detector, thresholds, options),
    };
  } finally {
    await detector.close();
  }
}

async function alarmsAmong(
  images: readonly ImageLoader[],
  detector: Detector,
  thresholds: Thresholds,
  { seed, signal, onPart }: PartOptions,
): Promise<boolean[][]> {
  const alarms: boolean[][] = disturbances.map(() => []);
  for (const image of images) {
    if (signal?.aborted) throw new ModelError('cancelled');
    const picture = await loadOrSkip(image, []);
    onPart();
    if (!picture) continue;
    for (const [at, disturbance] of disturbances.entries()) {
      const seen = await disturbed(picture, disturbance, seed);
      alarms[at]!.push(await isAlarm(detector, thresholds, seen));
    }
  }
  return alarms;
}

async function disturbed(picture: Picture, disturbance: Disturbance | null, seed: number): Promise<Picture> {
  if (!disturbance) return picture;
  return corrupt(picture, disturbance.corruption, disturbance.severity, pictureSeed(picture, seed));
}

async function isAlarm(detector: Detector, thresholds: Thresholds, picture: Picture): Promise<boolean> {
  try {
    return (await detector.judge(picture)).score >= thresholds.review;
  } catch (error) {
    if (error instanceof ModelError && error.kind === 'imageBeyondCorrection') return true;
    throw error;
  }
}

function compared(wish: CorrectionWish, before: Alarms, after: Alarms, seed: number): CorrectionStep {
  const falseAlarms = changeOf(before.good, after.good, seed);
  const detected = changeOf(before.defective, after.defective, seed);
  const [cleanBefore, cleanAfter] = [before.good[0]!, after.good[0]!].map(
    (row) => row.filter(Boolean).length,
  );
  const reason: CorrectionReason =
    falseAlarms.interval[1] >= 0
      ? 'noGain'
      : detected.after < detected.before - mostFall || detected.interval[0] < -mostPossibleFall
        ? 'hidesDefects'
        : cleanAfter! > cleanBefore! + 1
          ? 'moreCleanAlarms'
          : 'helps';
  const under = (which: keyof Alarms, at: number) => ({
    before: share(before[which][at]!),
    after: share(after[which][at]!),
  });
  return {
    ...{ wish, isOn: reason === 'helps', reason, falseAlarms, detected },
    byCondition: disturbances.map((disturbance, at) => ({
      condition: conditionName(disturbance),
      falseAlarms: under('good', at),
      detected: under('defective', at),
    })),
  };
}

/** Over all conditions and parts; parts are drawn anew with all their conditions. */
function changeOf(before: Alarms['good'], after: Alarms['good'], seed: number): RateChange {
  const parts = before[0]!.length;
  const changes = Array.from({ length: parts }, (_, part) => {
    const alarms = (rows: Alarms['good']) => rows.filter((row) => row[part]).length / rows.length;
    return alarms(after) - alarms(before);
  });
  const units = changes.map((_, part) => [part]);
  const interval = bootstrapInterval(
    [{ units }],
    parts,
    (drawn) => changes.reduce((sum, change, part) => sum + change * drawn[part]!, 0) / parts,
    { random: seededRandom(seed).fork('correction') },
  );
  return { before: share(before.flat()), after: share(after.flat()), interval };
}

function share(alarms: readonly boolean[]): number {
  return alarms.length === 0 ? 0 : alarms.filter(Boolean).length / alarms.length;
}
