import { bootstrapInterval } from '../evaluate/bootstrap.ts';
import { ModelError } from '../errors.ts';
import { syntheticAnomaly } from '../images/anomalies/syntheticAnomaly.ts';
import { corrupt } from '../images/corruptions/index.ts';
import { pictureSeed, type Picture } from '../images/picture.ts';
import { conditionName, type Disturbance } from '../images/site/profile.ts';
import { hash32, seededRandom } from '../random.ts';
import type { Thresholds } from './card.ts';
import type {
  CorrectionReason,
  CorrectionStep,
  CorrectionTrial,
  CorrectionWish,
  RateChange,
} from './correctionRecord.ts';
import { openDetector, type Detector } from './detector.ts';
import { loadOrSkip, teachAnomalyDetector, type ImageLoader, type TeachOptions } from './teach.ts';

/** Fewer good parts than this cannot be shared out between teaching and measuring. */
export const fewestForTrial = 40;
/** Teaching for a trial takes no more parts, nor a larger memory. */
const mostTaught = 120;
const trialMemory = 1000;
const measuredShare = 1 / 4;
const mostMeasured = 30;
/** Measured parts come in so many stretches: neighbours on the line resemble each other. */
const stretches = 4;

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

export type TrialOptions = Omit<TeachOptions, 'correction' | 'onProgress'> & {
  readonly onProgress?: (done: number, total: number) => void;
};

/** Both kinds of light, position on top of what helped, and everything together. */
const candidates: readonly ((on: CorrectionWish) => CorrectionWish | null)[] = [
  (on) => ({ ...on, light: 'field' }),
  (on) => (on.light === 'none' ? { ...on, light: 'gain' } : null),
  (on) => ({ ...on, position: true }),
  (on) => (on.light === 'field' ? null : { position: true, light: 'field' }),
];

/**
 * Measures on a product's own parts whether correcting light and position helps: detectors are taught with and without
 * on some of the good parts and judge others that none of them has seen, and defective ones, as they are and disturbed.
 * A correction is on where it lowers the false alarms with 95 % confidence (the interval of the change lies below 0),
 * detection does not fall (by at most 0.02, with the interval's end above −0.1) and undisturbed parts raise at most one
 * false alarm more. Otherwise it is off.
 * @returns what to teach with; null = no correction
 * @throws ModelError as `teachAnomalyDetector`
 */
export async function chooseCorrection(
  options: TrialOptions,
): Promise<{ readonly wish: CorrectionWish | null; readonly trial: CorrectionTrial }> {
  const { good, ng = [] } = options;
  const isSynthetic = ng.length === 0;
  const untold = { wish: null, trial: { good: 0, defective: 0, isSynthetic, steps: [] } };
  if (good.length < fewestForTrial) return untold;
  const { taught, measured } = shareOut(good);
  const defective = isSynthetic
    ? measured.map((image) => withAnomaly(image, options.seed))
    : spread(ng, mostMeasured);
  const arm = new Arms({ ...options, good: taught, ng: [], memory: trialMemory }, measured, defective);
  let on: CorrectionWish = { position: false, light: 'none' };
  let before = await arm.measure(null);
  const readable = { good: before.good[0]!.length, defective: before.defective[0]!.length };
  if (readable.good === 0 || readable.defective === 0) return untold;
  const steps: CorrectionStep[] = [];
  for (const candidate of candidates) {
    const wish = candidate(on);
    if (!wish) continue;
    const after = await arm.measure(wish);
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

class Arms {
  private readonly options: TrialOptions;
  private readonly good: readonly ImageLoader[];
  private readonly defective: readonly ImageLoader[];
  private done = 0;

  constructor(options: TrialOptions, good: readonly ImageLoader[], defective: readonly ImageLoader[]) {
    this.options = options;
    this.good = good;
    this.defective = defective;
  }

  async measure(correction: CorrectionWish | null): Promise<Alarms> {
    const { model, thresholds } = await teachAnomalyDetector({
      ...this.options,
      correction,
      // Told part by part instead.
      onProgress: () => undefined,
    });
    const detector = await openDetector(model, this.options.session);
    try {
      return {
        good: await this.alarms(detector, thresholds, this.good),
        defective: await this.alarms(detector, thresholds, this.defective),
      };
    } finally {
      await detector.close();
    }
  }

  private async alarms(
    detector: Detector,
    thresholds: Thresholds,
    images: readonly ImageLoader[],
  ): Promise<boolean[][]> {
    const alarms: boolean[][] = disturbances.map(() => []);
    for (const image of images) {
      if (this.options.signal?.aborted) throw new ModelError('cancelled');
      const picture = await loadOrSkip(image, []);
      this.done += 1;
      // At most: some need not be tried.
      this.options.onProgress?.(
        this.done,
        (1 + candidates.length) * (this.good.length + this.defective.length),
      );
      if (!picture) continue;
      for (const [at, disturbance] of disturbances.entries()) {
        alarms[at]!.push(
          await isAlarm(detector, thresholds, await disturbed(picture, disturbance, this.options.seed)),
        );
      }
    }
    return alarms;
  }
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

/** Parts to teach on and parts to measure on, which lie together in stretches. */
function shareOut(good: readonly ImageLoader[]): {
  taught: readonly ImageLoader[];
  measured: readonly ImageLoader[];
} {
  const isMeasured = (index: number) => {
    const within = ((index * stretches) / good.length) % 1;
    return within >= 1 - measuredShare;
  };
  return {
    taught: spread(
      good.filter((_, index) => !isMeasured(index)),
      mostTaught,
    ),
    measured: spread(
      good.filter((_, index) => isMeasured(index)),
      mostMeasured,
    ),
  };
}

/** At most so many, from all over the list. */
function spread<Each>(all: readonly Each[], most: number): readonly Each[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, at) => all[Math.floor((at * all.length) / most)]!);
}

function withAnomaly(image: ImageLoader, seed: number): ImageLoader {
  return {
    ...image,
    load: async () => syntheticAnomaly(await image.load(), seededRandom(hash32(`${seed}/${image.name}`))),
  };
}
