import { GaussianNoise } from '../../native-models/smoothing/gaussianNoise.ts';
import { certifiedAccuracy } from '../../native-models/smoothing/certifiedAccuracy.ts';
import {
  certify,
  type Certificate,
  type DrawLooks,
  type SmoothingSettings,
  type StoppingRule,
} from '../../native-models/smoothing/certify.ts';
import { SmoothedClassifier } from '../../native-models/smoothing/smoothedClassifier.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { seededRandom } from '../../native-models/random.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
} from '../../native-models/training/imageClassifier.ts';
import { fineTune } from '../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../native-models/training/robust/prepareFineTune.ts';
import { stratifiedSplit } from '../../native-models/training/split.ts';
import type { TrainingImage } from '../../native-models/training/trainingImages.ts';
import { sharedPath } from '../support/shared.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { dataSets } from './robustness/dataSets.ts';
import { settingsOf, siteOf } from './robustness/methods.ts';

const network = sharedPath('onnx', 'mobilenet_v1_0.25_128_f32.onnx');
const steel = sharedPath('data', 'neu_det', 'images');

/** Half of the network's own side: 100,000 looks at a part then take seconds, not minutes. */
const side = 64;
/** Of sigma. */
const radii = [0.5, 1, 2];
const rules = ['betting', 'bonferroni'] as const;
const fixed = { n0: 100, n: 100_000, alpha: 0.001 };
const partsPerClass = 15;
/** Parts that the fixed number of looks is tried on, beside all those that come near it anyway. */
const sampled = 5;
const budgetMs = 50;
const epochs = { plain: 6, noise: 16 };

/**
 * Certificates of real steel surfaces: how many looks early stopping saves, and what it loses.
 * @param sigmas deviations of the noise, of pixel values in [0, 1]
 */
export async function benchCertify(sigmas: readonly number[]): Promise<Figure[]> {
  if (!network || !steel) return [];
  const everything = { train: Infinity, test: Infinity };
  const images = await dataSets.find(({ name }) => name === 'steel')!.images(0, everything);
  const base = await trainedBase(images);
  const parts = await testParts(images);
  const figures: Figure[] = [];
  for (const sigma of sigmas) {
    const classifier = new SmoothedClassifier(await tunedFor(sigma, base, images));
    try {
      figures.push(...(await benchSigma(classifier, parts, sigma)));
    } finally {
      await classifier.close();
    }
  }
  return figures;
}

interface Part {
  readonly name: string;
  readonly label: string;
  readonly picture: Picture;
}

async function testParts(images: readonly TrainingImage[]): Promise<Part[]> {
  const test = images.filter(({ split }) => split === 'test');
  const classes = new Set(test.map(({ label }) => label)).size;
  const share = (partsPerClass * classes) / test.length;
  const [, chosen] = stratifiedSplit(test, share, seededRandom(0).fork('parts'));
  return Promise.all(chosen.map(async ({ name, label, load }) => ({ name, label, picture: await load() })));
}

const training = { batch: 32, optimiser: { kind: 'adamw' as const, weightDecay: 0.01 } };
const rate = 1e-3;

async function trainedBase(images: readonly TrainingImage[]): Promise<Model> {
  const options = {
    ...{ model: anySize(await loadModelFile(network!)), images, seed: 0, classWeights: 'none' as const },
    preprocess: {
      ...{ order: 'RGB' as const, size: [side, side] as const, mean: [128], std: [128], scale: 1 },
      normalise: 'none' as const,
    },
    layers: { kind: 'all' as const },
    settings: { ...training, epochs: epochs.plain, schedule: { rate, shape: 'cosine' as const } },
    shares: { test: 0, validation: 0.15 },
    ...{ cacheBytes: 1e9, session: {} },
  };
  return (await trainImageClassifier(await prepareImageClassifier(options), options, {})).model;
}

/** The network up to its embedding; it is convolutions and a mean, which take pictures of any size. */
function anySize(model: Model): Model {
  const features = extractSubgraph(model, ['embedding']);
  const [input] = features.graph.inputs;
  const inputs = [{ ...input!, shape: ['N', 3, 'H', 'W'] }];
  return { ...features, graph: { ...features.graph, inputs, valueInfo: new Map() } };
}

async function tunedFor(sigma: number, base: Model, images: readonly TrainingImage[]): Promise<Model> {
  const settings = settingsOf({ objective: 'noise', sigma }, epochs.noise, {
    seed: 0,
    site: siteOf(2),
  });
  const schedule = { rate, shape: 'cosine', warmUp: 0.1 } as const;
  const options = {
    ...{ model: base, images, corrected: new Set<string>(), cacheBytes: 1e9, session: {} },
    settings: { ...settings, trainer: { ...training, epochs: epochs.noise, schedule } },
  };
  return (await fineTune(await prepareFineTune(options), options, {})).model;
}

/** The looks at one part in their order, drawn as far as some rule has asked for them. */
class Tape {
  readonly classes: number[] = [];
  private readonly draw: DrawLooks;

  constructor(draw: DrawLooks) {
    this.draw = draw;
  }

  /** From the beginning. */
  replay(): DrawLooks {
    let at = 0;
    return async (count) => {
      if (at === this.classes.length) this.classes.push(...Array.from(await this.draw(count)));
      const taken = this.classes.slice(at, at + count);
      at += taken.length;
      return taken;
    };
  }
}

interface Measured {
  readonly part: Part;
  readonly meant: number;
  readonly tape: Tape;
  /** By rule and radius. */
  readonly early: ReadonlyMap<string, Certificate>;
  /** Early stopping came near the fixed number of looks, where the rules could differ. */
  readonly isHard: boolean;
  /** By the fixed number of looks. */
  full: Certificate | null;
}

const key = (rule: StoppingRule, radius: number) => `${rule} ${radius}`;

async function benchSigma(
  classifier: SmoothedClassifier,
  parts: readonly Part[],
  sigma: number,
): Promise<Figure[]> {
  const asked: SmoothingSettings = { ...fixed, sigma, rule: 'none', radius: null };
  const all: Measured[] = [];
  for (const [seed, part] of parts.entries()) {
    const tape = new Tape(await classifier.looks(part.picture, sigma, { seed }));
    const early = new Map<string, Certificate>();
    for (const rule of rules) {
      for (const times of radii) {
        const radius = times * sigma;
        early.set(key(rule, radius), await certify({ ...asked, rule, radius }, seed, tape.replay()));
      }
    }
    const isHard = tape.classes.length > fixed.n / 4;
    all.push({ part, meant: classifier.classOf(part), tape, early, isHard, full: null });
    console.log(`   σ ${sigma}: part ${all.length} of ${parts.length}, ${tape.classes.length} looks`);
  }
  const tried = toTry(all);
  for (const each of tried) {
    each.full = await certify(asked, 0, each.tape.replay());
    console.log(
      `   σ ${sigma}: ${each.part.label}, radius ${each.full.radius.toFixed(4)} after ${fixed.n} looks`,
    );
  }
  const figures = radii.flatMap((times) =>
    rules.flatMap((rule) => compared(all, rule, times * sigma, `σ ${sigma}`)),
  );
  return [...figures, ...(await timeFigures(classifier, parts, sigma))];
}

/** All hard parts, and some of the others. */
function toTry(all: readonly Measured[]): Measured[] {
  const rest = all.filter(({ isHard }) => !isHard);
  const random = seededRandom(0).fork('sample');
  const drawn = rest.map((each) => ({ each, rank: random.uniform() })).sort((a, b) => a.rank - b.rank);
  return [...all.filter(({ isHard }) => isHard), ...drawn.slice(0, sampled).map(({ each }) => each)];
}

function compared(all: readonly Measured[], rule: StoppingRule, radius: number, name: string): Figure[] {
  const early = (each: Measured) => each.early.get(key(rule, radius))!;
  const outcome = ({ meant }: Measured, certificate: Certificate) => {
    return { ...certificate, isRight: certificate.predicted === meant };
  };
  const certified = certifiedAccuracy(
    all.map((each) => outcome(each, early(each))),
    radius,
  )!;
  const looks = all.map((each) => early(each).n0 + early(each).n);
  const mean = looks.reduce((sum, each) => sum + each, 0) / looks.length;
  const full = all.flatMap((each) => each.full ?? [])[0]!;
  /** Early stopping less the fixed number of looks, part by part. */
  const difference = (each: Measured) => {
    const counts = (certificate: Certificate) =>
      certificate.predicted === each.meant && !certificate.abstained && certificate.radius >= radius ? 1 : 0;
    return counts(early(each)) - counts(each.full!);
  };
  const tried = all.filter((each) => each.full !== null);
  const hard = tried.filter(({ isHard }) => isHard);
  const easy = tried.filter(({ isHard }) => !isHard);
  const sum = (of: readonly Measured[]) => of.reduce((total, each) => total + difference(each), 0);
  // The easy ones tried stand for all easy ones.
  const easyShare = (all.length - hard.length) / Math.max(1, easy.length);
  const points = (100 * (sum(hard) + easyShare * sum(easy))) / all.length;
  const at = `${name}, radius ${Number(radius.toFixed(4))}, ${rule}`;
  return [
    {
      name: `${at}: looks over those of the fixed number`,
      value: mean / (full.n0 + full.n),
      unit: '×',
      goal: { below: 1 / 50 },
      note: `mean ${mean.toFixed(0)}, median ${quantile(looks, 0.5)} of ${all.length} parts`,
    },
    {
      name: `${at}: certified accuracy, less that of the fixed number`,
      value: points,
      unit: '%',
      goal: { atLeast: -0.5 },
      note: `certified ${percent(certified.value)} (${certified.interval.map(percent).join(' to ')}); differ: ${differing(hard, difference)} of ${hard.length} hard parts, ${differing(easy, difference)} of ${easy.length} others tried`,
    },
  ];
}

function differing(parts: readonly Measured[], difference: (each: Measured) => number): number {
  return parts.filter((each) => difference(each) !== 0).length;
}

async function timeFigures(
  classifier: SmoothedClassifier,
  parts: readonly Part[],
  sigma: number,
): Promise<Figure[]> {
  const settings: SmoothingSettings = { ...fixed, sigma, rule: 'betting', radius: sigma };
  const tookMs: number[] = [];
  let looks = 0;
  for (const [seed, { picture }] of parts.entries()) {
    const nowMs = () => performance.now();
    const startMs = nowMs();
    const budget = { nowMs, untilMs: startMs + budgetMs };
    const { n0, n } = await classifier.certify(picture, settings, { seed, budget });
    tookMs.push(nowMs() - startMs);
    looks += n0 + n;
  }
  const lookMs = tookMs.reduce((sum, ms) => sum + ms, 0) / looks;
  const image = new Float32Array(side * side);
  const batch = new Float32Array(1000 * image.length);
  const noise = new GaussianNoise(seededRandom(0));
  const noiseMs = (await timed(async () => noise.addTo(image, batch, sigma))) / 1000;
  return [
    {
      name: `σ ${sigma}, betting, budget of ${budgetMs} ms: time taken, p99`,
      value: quantile(tookMs, 0.99),
      unit: 'ms',
      note: `median ${quantile(tookMs, 0.5).toFixed(1)}; ${(looks / parts.length).toFixed(0)} looks a part, ${lookMs.toFixed(3)} ms each`,
    },
    {
      name: `σ ${sigma}: share of noise in the time of a look`,
      value: (100 * noiseMs) / lookMs,
      unit: '%',
    },
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
