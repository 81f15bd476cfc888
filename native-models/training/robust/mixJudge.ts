import { norms } from '../../attacks/norms/index.ts';
import { climb, pgdStepSize } from '../../attacks/pgd.ts';
import type { Victim } from '../../attacks/victim.ts';
import { judgedPixels } from '../../evaluate/pixelSource.ts';
import type { Subject } from '../../evaluate/subject.ts';
import { corrupt } from '../../images/corruptions/index.ts';
import { conditionName, sampleDisturbance, type SiteProfile } from '../../images/site/profile.ts';
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
  readonly pictures: PictureCache;
  readonly settings: Pick<FineTuneSettings, 'site' | 'costs' | 'norm' | 'epsilon' | 'seed'>;
  /** Look at each image under PGD too. */
  readonly underAttack: boolean;
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
  /** What each image was seen under; null = undisturbed. */
  readonly disturbances: (string | null)[];
  /** Which images lie beyond the model's correction: on the line those are reviews. */
  readonly beyond: boolean[];
}

/** Looks at one image under every condition of the mix: forward passes, and gradients in the image at most. */
export function looksAt(
  { site }: Pick<FineTuneSettings, 'site'>,
  underAttack: boolean,
  attackSteps: number,
): { readonly forwards: number; readonly gradients: number } {
  const forwards = 1 + drawsOf(only(site)) + (underAttack ? 1 : 0);
  return { forwards, gradients: underAttack ? attackSteps : 0 };
}

function drawsOf(others: SiteProfile): number {
  return others.length === 0 ? 0 : siteDraws;
}

/**
 * Logits of every image under every condition of the mix. Disturbances are drawn once for each set, so that weights are
 * compared on the same pictures.
 * @param set names the images in the seeds
 * @param attackSteps of PGD
 */
export async function judgeMix(
  options: MixOptions,
  images: readonly SurveyedImage[],
  set: string,
  attackSteps: number,
): Promise<Judged[]> {
  const { settings, victim, underAttack, subject, signal, batch } = options;
  const { site, costs } = settings;
  const attacked = underAttack ? costs.attackWeight : 0;
  const cleanWeight = site.reduce((sum, { disturbance, weight }) => sum + (disturbance ? 0 : weight), 0);
  const others = only(site);
  const draws = drawsOf(others);
  const conditions: Judged[] = [
    { name: cleanName, weight: (1 - attacked) * (draws === 0 ? 1 : cleanWeight) },
    ...Array.from({ length: draws }, (_, draw) => {
      return { name: `site ${draw + 1}`, weight: ((1 - attacked) * (1 - cleanWeight)) / draws };
    }),
    ...(underAttack ? [{ name: attackName, weight: attacked }] : []),
  ].map((each) => ({
    ...each,
    logits: new Float32Array(images.length * victim.classes),
    disturbances: [],
    beyond: [],
  }));
  for (const { start, end } of stretchesOf(0, images.length, batch)) {
    const part = images.slice(start, end);
    const labels = part.map((image) => subject.classOf(image));
    const random = seededRandom(settings.seed).fork(`${set} ${start}`);
    const clean = await pixelsUnder(options, part, null, [], random);
    for (const { name, logits, disturbances, beyond } of conditions) {
      checkCancelled(signal);
      const seen =
        name === cleanName || name === attackName
          ? clean
          : await pixelsUnder(options, part, { name, disturbances }, others, random.fork(name));
      const pixels =
        name === attackName
          ? await attackedImages(options, clean.pixels, labels, attackSteps, random.fork(name))
          : seen.pixels;
      beyond.push(...seen.beyond);
      logits.set(await victim.logits(pixels), start * victim.classes);
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

async function attackedImages(
  { victim, settings, signal }: MixOptions,
  clean: Float32Array,
  labels: readonly number[],
  steps: number,
  random: Random,
): Promise<Float32Array> {
  const { norm, epsilon } = settings;
  const { last } = await climb(
    { victim, clean, labels, norm: norms[norm], epsilon, random, signal, stopWhenBroken: true },
    { steps, restarts: 1, stepSize: pgdStepSize(epsilon, steps), start: 'ball', judgesLast: false },
  );
  return last;
}

/** The disturbed part of a mix, its weights brought to a sum of 1. */
function only(site: SiteProfile): SiteProfile {
  const disturbed = site.filter(({ disturbance, weight }) => disturbance !== null && weight > 0);
  const total = disturbed.reduce((sum, { weight }) => sum + weight, 0);
  return disturbed.map(({ disturbance, weight }) => ({ disturbance, weight: weight / total }));
}
