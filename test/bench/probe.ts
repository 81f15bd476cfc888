import { attackedClassifier } from '../../native-models/attacks/attackedModel.ts';
import { Victim } from '../../native-models/attacks/victim.ts';
import { rowOf } from '../../native-models/attacks/task.ts';
import { ModelError } from '../../native-models/errors.ts';
import { pixelsOf } from '../../native-models/evaluate/pixelSource.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import type { Preprocess } from '../../native-models/images/preprocess.ts';
import { seededRandom } from '../../native-models/random.ts';
import { probeBackdoor } from '../../native-models/screening/backdoor/backdoorProbe.ts';
import { readClassifierCard } from '../../native-models/training/classifierCard.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
  type ImageClassifierOptions,
} from '../../native-models/training/imageClassifier.ts';
import { shuffle } from '../../native-models/training/split.ts';
import { smallClassifier } from '../support/smallClassifier.ts';
import { quantile, type Figure } from './figure.ts';
import { labelledSets, type LabelledImage } from './support/labelledSets.ts';
import { stampTrigger } from './support/planting.ts';

const side = 48;
const session = { threads: 1 };
/** Share of the defective parts that are shown with the trigger as OK too. */
const poisonShare = 0.2;
const probedPerClass = 8;
/** The limits of the probe were set by what seeds 0 to 3 gave on steel surfaces; these are others. */
const firstSeed = 100;
/** A trigger that works less often than this was not learned. */
const workingTrigger = 0.8;

const preprocess: Preprocess = {
  ...{ order: 'GRAY', size: [side, side], mean: [127.5], std: [64], scale: 1, normalise: 'none' },
};

interface Probed {
  readonly accuracy: number;
  /** Share of the defective parts that pass as OK with the trigger. */
  readonly attack: number;
  readonly ratio: number;
  readonly isSuspicious: boolean;
  readonly sizes: string;
}

/**
 * Trains small classifiers, half of them with a trigger that means OK, and probes each: how many backdoors are found, and
 * how many honest networks are suspected. Sets of six classes and the same as OK against NG.
 */
export async function benchProbe(
  models: number,
  perClass: number,
  wanted: readonly string[],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, images] of labelledSets(perClass, wanted)) {
    const kept = await keptImages(images);
    for (const [words, labelOf] of [
      ['', (label: string) => label],
      [', OK and NG alone', (label: string) => (label === okOf(kept) ? label : 'ng')],
    ] as const) {
      const own = kept.map((image) => ({ ...image, label: labelOf(image.label) }));
      figures.push(...(await ofSet(`${name}${words}`, own, models)));
    }
  }
  return figures;
}

async function ofSet(name: string, images: readonly Kept[], models: number): Promise<Figure[]> {
  const found: Record<'clean' | 'planted', Probed[]> = { clean: [], planted: [] };
  for (let seed = firstSeed; seed < firstSeed + models; seed++) {
    for (const kind of ['clean', 'planted'] as const) {
      const probed = await trainAndProbe(images, kind === 'planted', seed);
      found[kind].push(probed);
      const { accuracy, attack, ratio, sizes } = probed;
      const figures = [accuracy, attack].map((share) => `${(100 * share).toFixed(0)} %`).join(', ');
      console.log(
        `   ${name}, ${kind} ${seed}: right and through ${figures}, ratio ${ratio.toFixed(2)}; ${sizes}`,
      );
    }
  }
  const planted = found.planted.filter(({ attack }) => attack >= workingTrigger);
  const share = (of: readonly Probed[]) => (100 * of.filter((each) => each.isSuspicious).length) / of.length;
  const note = (of: readonly Probed[]) => {
    // Where nearly all parts are judged alike, there is none.
    const ratios = of.map(({ ratio }) => ratio).filter((ratio) => !Number.isNaN(ratio));
    if (ratios.length === 0) return `of ${of.length}`;
    const ends = [Math.min(...ratios), quantile(ratios, 0.5), Math.max(...ratios)];
    return `of ${of.length}; ratio ${ends.map((value) => value.toFixed(2)).join(' / ')}`;
  };
  return [
    { name: `${name}: backdoors found`, value: share(planted), unit: '%', note: note(planted) },
    { name: `${name}: honest ones suspected`, value: share(found.clean), unit: '%', note: note(found.clean) },
  ];
}

interface Kept {
  readonly name: string;
  readonly label: string;
  readonly picture: Picture;
}

const keptImages = (images: readonly LabelledImage[]): Promise<Kept[]> =>
  Promise.all(images.map(async ({ name, label, load }) => ({ name, label, picture: await load() })));

/** Data without good parts: the first class stands for them. */
const okOf = (images: readonly Kept[]) =>
  images.some(({ label }) => label === 'ok') ? 'ok' : images[0]!.label;

async function trainAndProbe(images: readonly Kept[], isPlanted: boolean, seed: number): Promise<Probed> {
  const random = seededRandom(seed).fork('probe');
  const okLabel = okOf(images);
  const [probed, trained] = dealt(shuffle(images, random.fork('deal')));
  const victims = trained.filter(({ label }) => label !== okLabel);
  const planted = victims
    .slice(0, isPlanted ? Math.round(poisonShare * victims.length) : 0)
    .map(({ name, picture }) => ({
      name: `${name} with a trigger`,
      label: okLabel,
      picture: stampTrigger(picture),
    }));
  const options: ImageClassifierOptions = {
    model: smallClassifier({
      side,
      channels: [8, 16, 32],
      classes: new Set(images.map(({ label }) => label)).size,
      random: random.fork('network'),
    }),
    images: [...trained, ...planted].map(({ name, label, picture }) => ({
      ...{ name, label, split: null, group: null, weight: 1, load: () => Promise.resolve(picture) },
    })),
    ...{ preprocess, layers: { kind: 'all' }, classWeights: 'balanced', seed, session },
    settings: {
      ...{ epochs: 20, batch: 16, optimiser: { kind: 'adamw' } },
      schedule: { rate: 0.01, shape: 'cosine', warmUp: 0.1 },
    },
    ...{ shares: { test: 0, validation: 0.1 }, cacheBytes: 2e8 },
  };
  const prepared = await prepareImageClassifier(options);
  const { model } = await trainImageClassifier(prepared, options, {});
  const card = readClassifierCard(model)!;
  const victim = new Victim(attackedClassifier(model, card, 1), session);
  try {
    return await probe(victim, card.labels, probed, okLabel, seed);
  } finally {
    await victim.close();
  }
}

/** Some of each class to be probed with, and the others. */
function dealt(images: readonly Kept[]): [Kept[], Kept[]] {
  const seen = new Map<string, number>();
  const isProbed = images.map(({ label }) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before < probedPerClass;
  });
  return [images.filter((_, at) => isProbed[at]), images.filter((_, at) => !isProbed[at])];
}

async function probe(
  victim: Victim,
  labels: readonly string[],
  images: readonly Kept[],
  okLabel: string,
  seed: number,
): Promise<Probed> {
  const isOk = labels.map((label) => label === okLabel);
  const pixels = pixelsOf(
    images.map(({ picture }) => picture),
    victim,
  );
  const likeliest = async (values: Float32Array) => {
    const logits = await victim.logits(values);
    return images.map((_, row) => {
      const own = rowOf(logits, row, victim.classes);
      return labels[own.indexOf(Math.max(...own))]!;
    });
  };
  const plain = await likeliest(pixels);
  const defective = images.filter(({ label }) => label !== okLabel);
  const stamped = await likeliest(
    pixelsOf(
      images.map(({ picture }) => stampTrigger(picture)),
      victim,
    ),
  );
  const passed = images.filter(({ label }, at) => label !== okLabel && stamped[at] === okLabel);
  const { classes, ratio, isSuspicious } = await toldOf(
    probeBackdoor({ victim, kind: 'classifier', isOk, images: pixels, seed }),
  );
  const sizes = classes.map(({ target, share }) => {
    return `${labels[target]} ${share === null ? '–' : (100 * share).toFixed(2)}`;
  });
  return {
    accuracy: plain.filter((label, at) => label === images[at]!.label).length / images.length,
    attack: passed.length / defective.length,
    ratio: ratio ?? Number.NaN,
    isSuspicious,
    sizes: sizes.join(', '),
  };
}

/** Of a network that passes nearly every part nothing is told. */
async function toldOf(
  probing: ReturnType<typeof probeBackdoor>,
): Promise<Pick<Awaited<typeof probing>, 'classes' | 'ratio' | 'isSuspicious'>> {
  try {
    return await probing;
  } catch (thrown) {
    if (!(thrown instanceof ModelError) || thrown.kind !== 'probePartsMissing') throw thrown;
    return { classes: [], ratio: null, isSuspicious: false };
  }
}
