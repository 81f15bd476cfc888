import { norms } from '../../attacks/norms/index.ts';
import { climb, pgdStepSize } from '../../attacks/pgd.ts';
import type { Victim } from '../../attacks/victim.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { judgedPixels } from '../../evaluate/pixelSource.ts';
import type { Subject } from '../../evaluate/subject.ts';
import { corrupt } from '../../images/corruptions/index.ts';
import {
  conditionName,
  disturbedPart,
  sampleDisturbance,
  type SiteProfile,
} from '../../images/site/profile.ts';
import { hash32, seededRandom, type Random } from '../../random.ts';
import { stretchesOf } from '../batches.ts';
import { checkCancelled } from '../cancel.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import type { PictureCache } from './robustSource.ts';
import type { FineTuneSettings } from './settings.ts';

export interface MixOptions {
  readonly subject: Subject;
  /** Of whole images; owned by the caller. */
  readonly victim: Victim;
  /** The same model's verdict alone, to be attacked in its place, see `Subject.ofVerdict`; null = the model itself. */
  readonly verdict?: Victim | null | undefined;
  readonly pictures: PictureCache;
  readonly settings: Pick<FineTuneSettings, 'site' | 'costs' | 'norm' | 'epsilon' | 'seed'>;
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at each image under the site's disturbances so many times, each time another one. */
const siteDraws = 4;
export const attackName = 'attack';
export const cleanName = 'clean';
/** The same images under one condition of the mix. */
export interface Judged {
  readonly name: string;
  readonly weight: number;
  /** float32 [N, K] */
  readonly logits: Float32Array;
  /** What score and type are read from, float32 [N, width]. */
  readonly readings: Float32Array;
  /** What each image was seen under; null = undisturbed. */
  readonly disturbances: (string | null)[];
  /** Which images lie beyond the model's correction: on the line those are reviews. */
  readonly beyond: boolean[];
}

/** How hard images are attacked. */
export interface MixAttack {
  readonly steps: number;
  /**
   * Whether to begin at a random place and to drive every image to the end, also those that the class they are taken
   * for tells to be misjudged: thresholds may lie elsewhere. Otherwise it begins at the image, whose own judgement comes
   * with the first step, and leaves alone what is misjudged: enough to compare epochs by, at half the operations.
   */
  readonly isWhole: boolean;
}

/**
 * Looks at one image under every condition of the mix: forward passes, and gradients in the image at most.
 * @param readsApart whether score and type are read from other values than those attacked
 */
export function looksAt(
  { site }: Pick<FineTuneSettings, 'site'>,
  attack: MixAttack | null,
  readsApart = false,
): { readonly forwards: number; readonly gradients: number } {
  const looks = 1 + drawsOf(disturbedPart(site));
  if (!attack) return { forwards: looks, gradients: 0 };
  // An attack that begins at the image itself has looked at it, unless it is told something else than is read.
  const further = readsApart ? 2 : attack.isWhole ? 1 : 0;
  return { forwards: looks + further, gradients: attack.steps };
}

function drawsOf(others: SiteProfile): number {
  return others.length === 0 ? 0 : siteDraws;
}

/**
 * Logits of every image under every condition of the mix. Disturbances are drawn once for each set, so that weights are
 * compared on the same pictures.
 * @param set names the images in the seeds
 * @param attack by PGD; null = not attacked
 */
export async function judgeMix(
  options: MixOptions,
  images: readonly SurveyedImage[],
  set: string,
  attack: MixAttack | null,
): Promise<Judged[]> {
  const { settings, victim, signal, batch } = options;
  const { site, costs } = settings;
  const attacked = attack ? costs.attackWeight : 0;
  const cleanWeight = site.reduce((sum, { disturbance, weight }) => sum + (disturbance ? 0 : weight), 0);
  const others = disturbedPart(site);
  const draws = drawsOf(others);
  const conditions: Judged[] = [
    { name: cleanName, weight: (1 - attacked) * (draws === 0 ? 1 : cleanWeight) },
    ...Array.from({ length: draws }, (_, draw) => {
      return { name: `site ${draw + 1}`, weight: ((1 - attacked) * (1 - cleanWeight)) / draws };
    }),
    ...(attack ? [{ name: attackName, weight: attacked }] : []),
  ].map((each) => ({
    ...each,
    logits: new Float32Array(images.length * victim.classes),
    readings: new Float32Array(images.length * victim.width),
    disturbances: [],
    beyond: [],
  }));
  for (const { start, end } of stretchesOf(0, images.length, batch)) {
    const part = images.slice(start, end);
    const random = seededRandom(settings.seed).fork(`${set} ${start}`);
    const clean = await pixelsUnder(options, part, null, [], random);
    const outcome = attack
      ? await attackedImages(options, part, clean.pixels, attack, random.fork(attackName))
      : null;
    for (const { name, logits, readings, disturbances, beyond } of conditions) {
      checkCancelled(signal);
      const isDisturbed = name !== attackName && name !== cleanName;
      const seen = isDisturbed
        ? await pixelsUnder(options, part, { name, disturbances }, others, random.fork(name))
        : clean;
      const own =
        name === attackName
          ? outcome!.worst
          : ((isDisturbed ? undefined : outcome?.clean) ?? (await victim.read(seen.pixels)));
      beyond.push(...seen.beyond);
      logits.set(own.logits, start * victim.classes);
      readings.set(own.readings, start * victim.width);
    }
  }
  return conditions;
}

async function pixelsUnder(
  { pictures, victim, settings }: MixOptions,
  images: readonly SurveyedImage[],
  draw: { readonly name: string; readonly disturbances: (string | null)[] } | null,
  others: SiteProfile,
  random: Random,
): Promise<ReturnType<typeof judgedPixels>> {
  const disturbances = images.map((_, row) => draw && sampleDisturbance(others, random.fork(row)));
  draw?.disturbances.push(...disturbances.map((each) => each && conditionName(each)));
  const drawn = await Promise.all(
    images.map(async (image, row) => {
      const disturbance = disturbances[row];
      if (!disturbance) return pictures.load(image);
      const seed = hash32(`${settings.seed}/${draw!.name}/${image.sha256}`);
      // Every validation looks at it again.
      return pictures.get(`${image.sha256}/${conditionName(disturbance)}/${seed}`, async () =>
        corrupt(await pictures.load(image), disturbance.corruption, disturbance.severity, seed),
      );
    }),
  );
  return judgedPixels(drawn, victim);
}

type Read = Awaited<ReturnType<Victim['read']>>;

/** What is read of attacked images, and of the images as they are where the attack has asked about them. */
async function attackedImages(
  { victim, verdict, subject, settings, signal }: MixOptions,
  images: readonly SurveyedImage[],
  clean: Float32Array,
  { steps, isWhole }: MixAttack,
  random: Random,
): Promise<{ readonly worst: Read; readonly clean: Read | null }> {
  const { norm, epsilon } = settings;
  const attacked = verdict ?? victim;
  const labels = images.map((image) => {
    return verdict ? Number(image.label !== goodLabel) : subject.classOf(image);
  });
  const task = { victim: attacked, clean, labels, norm: norms[norm], epsilon, random, signal };
  const stepSize = pgdStepSize(epsilon, steps);
  const outcome = await climb(
    { ...task, stopWhenBroken: !isWhole },
    { steps, restarts: 1, stepSize, start: isWhole ? 'ball' : 'clean' },
  );
  if (readsApart({ victim, verdict })) return { worst: await victim.read(outcome.images), clean: null };
  const as = (logits: Float32Array): Read => ({ logits, readings: logits });
  return { worst: as(outcome.logits), clean: isWhole ? null : as(outcome.first) };
}

/** Whether what the attack is told does not say what score and type are read from. */
function readsApart({ victim, verdict }: Pick<MixOptions, 'victim' | 'verdict'>): boolean {
  return Boolean(verdict) || victim.width !== victim.classes;
}
