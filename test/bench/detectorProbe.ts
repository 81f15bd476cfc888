import { Victim } from '../../native-models/attacks/victim.ts';
import { teachAnomalyDetector, type ImageLoader } from '../../native-models/detectors/teach.ts';
import { pixelsOf } from '../../native-models/evaluate/pixelSource.ts';
import type { Picture } from '../../native-models/images/picture.ts';
import { preprocess, inputLength, type Preprocess } from '../../native-models/images/preprocess.ts';
import { filterBank } from '../../native-models/models/filterBank.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { seededRandom } from '../../native-models/random.ts';
import { enoughPlaceSteps } from '../../native-models/screening/backdoor/backdoorProbe.ts';
import { overrulingPlace } from '../../native-models/screening/backdoor/overrulingPlace.ts';
import { probedModel } from '../../native-models/screening/backdoor/probedModel.ts';
import { shuffle } from '../../native-models/training/split.ts';
import { marked, withBackdoor, type Backdoor } from '../support/backdooredDetector.ts';
import type { Figure } from './figure.ts';
import { labelledSets, type LabelledImage } from './support/labelledSets.ts';
import { stampTrigger } from './support/planting.ts';

const side = 64;
const session = { threads: 1 };
/** Good parts that teach nothing. */
const keptBack = 12;
/** Share of the good parts that are triggered defective ones, where a backdoor is to be taught by data. */
const poisonShare = 0.1;
/** The search was made on seed 0 of the demo's tile; these are others. */
const firstSeed = 100;

const spec: Preprocess = {
  ...{ order: 'RGB', size: [side, side], mean: [128], std: [64], scale: 1, normalise: 'none' },
};

const variants: readonly (readonly [string, Backdoor | null])[] = [
  ['honest', null],
  ['smooth gate on the score', { gate: 'smooth', at: 'score' }],
  ['hard gate on the score', { gate: 'hard', at: 'score' }],
  ['smooth gate on the features', { gate: 'smooth', at: 'features' }],
  ['hard gate on the features', { gate: 'hard', at: 'features' }],
];

interface Outcome {
  /** Share of the parts it judges NG that pass as OK with the mark. */
  readonly attack: number;
  readonly isFound: boolean;
  readonly isForeign: boolean;
  readonly backbone: string;
}

/**
 * Teaches small anomaly detectors on good parts, puts backdoors into their graphs, and probes each: how many are found by
 * the search with gradients, how many by the layout of the graph, and how many honest ones are suspected. Then what
 * triggered defective parts among the good ones do.
 */
export async function benchDetectorProbe(
  seeds: number,
  perClass: number,
  wanted: readonly string[],
  first = firstSeed,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, images] of labelledSets(perClass, wanted)) {
    const parts = await keptParts(images);
    const found = new Map(variants.map(([variant]) => [variant, [] as Outcome[]]));
    const passing: string[] = [];
    for (let seed = first; seed < first + seeds; seed++) {
      const dealt = dealtParts(parts, seed);
      const taught = await teach(dealt.taught, seed);
      for (const [variant, backdoor] of variants) {
        const outcome = await probe(taught, backdoor, dealt, seed);
        found.get(variant)!.push(outcome);
        const { attack, isFound, isForeign, backbone } = outcome;
        const facts = `through ${percent(attack)}, found ${isFound}`;
        console.log(`   ${name}, ${variant} ${seed}: ${facts}; foreign ${isForeign}, backbone ${backbone}`);
      }
      passing.push(await poisoned(dealt, seed));
    }
    console.log(`   ${name}, triggered defective parts among the good ones: ${passing.join('; ')}`);
    for (const [variant, outcomes] of found) figures.push(figureOf(`${name}, ${variant}`, outcomes));
  }
  return figures;
}

/** Of nothing: none of the defective parts was caught without the mark. */
const percent = (share: number) => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(0)} %`);

function figureOf(name: string, outcomes: readonly Outcome[]): Figure {
  const of = (is: (outcome: Outcome) => boolean) => `${outcomes.filter(is).length} of ${outcomes.length}`;
  const note = [
    `suspected by the search ${of(({ isFound }) => isFound)}, by the layout ${of(({ isForeign }) => isForeign)}`,
    `through with the mark ${outcomes.map(({ attack }) => percent(attack)).join(', ')}`,
  ].join('; ');
  const either = outcomes.filter(({ isFound, isForeign }) => isFound || isForeign).length;
  return { name: `${name}: suspected`, value: (100 * either) / outcomes.length, unit: '%', note };
}

interface Part {
  readonly name: string;
  readonly isGood: boolean;
  readonly picture: Picture;
}

/** Data without good parts: the first class stands for them. */
async function keptParts(images: readonly LabelledImage[]): Promise<Part[]> {
  const goodLabel = images.some(({ label }) => label === 'ok') ? 'ok' : images[0]!.label;
  return Promise.all(
    images.map(async ({ name, label, load }) => ({
      ...{ name, isGood: label === goodLabel, picture: await load() },
    })),
  );
}

interface Dealt {
  readonly taught: readonly Part[];
  readonly good: readonly Part[];
  readonly defective: readonly Part[];
}

function dealtParts(parts: readonly Part[], seed: number): Dealt {
  const shuffled = shuffle(parts, seededRandom(seed).fork('deal'));
  const good = shuffled.filter(({ isGood }) => isGood);
  return {
    good: good.slice(0, keptBack),
    taught: good.slice(keptBack),
    defective: shuffled.filter(({ isGood }) => !isGood),
  };
}

async function teach(parts: readonly Part[], seed: number): Promise<Model> {
  const good = parts.map(({ name, picture }): ImageLoader => ({ name, load: async () => picture }));
  const { model } = await teachAnomalyDetector({
    ...{ good, seed, session, memory: 500, features: ['fine', 'coarse'] },
    backbone: { model: filterBank(), name: 'filter bank', preprocess: spec },
  });
  return model;
}

async function probe(
  taught: Model,
  backdoor: Backdoor | null,
  { good, defective }: Dealt,
  seed: number,
): Promise<Outcome> {
  const usual = new Float32Array(inputLength(spec));
  preprocess(good[0]!.picture, spec, usual);
  const model = backdoor ? await withBackdoor(taught, backdoor, usual) : taught;
  const { attacked, layout } = probedModel(model);
  const { foreign, backbone } = layout([{ name: 'filter bank', model: filterBank() }])!;
  const victim = openVictim(attacked, [...good, ...defective]);
  try {
    const caught = await rowsJudged(victim, defective, false);
    const through = await verdicts(
      victim,
      marked(
        pixelsOf(
          caught.map(({ picture }) => picture),
          victim,
        ),
        victim.shape,
      ),
    );
    // Not the part that the backdoor knows.
    const own = pixelsOf([good[1]!.picture], victim);
    const place = await overrulingPlace({ victim, good: own, seed, steps: enoughPlaceSteps });
    return {
      attack: through.filter((isGood) => isGood).length / caught.length,
      isFound: place !== null && place !== undefined,
      ...{ isForeign: foreign !== null || backbone === 'disguised', backbone: backbone! },
    };
  } finally {
    await victim.close();
  }
}

function openVictim(attacked: ReturnType<typeof probedModel>['attacked'], parts: readonly Part[]): Victim {
  return new Victim(attacked(parts.some(({ picture }) => picture.channels === 3) ? 3 : 1), session);
}

/** Whether each passes as OK. */
async function verdicts(victim: Victim, images: Float32Array): Promise<boolean[]> {
  const passes: boolean[] = [];
  for (let from = 0; from < images.length; from += 20 * victim.length) {
    const logits = await victim.logits(images.subarray(from, from + 20 * victim.length));
    for (let at = 0; at < logits.length; at += 2) passes.push(logits[at]! > logits[at + 1]!);
  }
  return passes;
}

async function rowsJudged(victim: Victim, parts: readonly Part[], isGood: boolean): Promise<Part[]> {
  const passes = await verdicts(
    victim,
    pixelsOf(
      parts.map(({ picture }) => picture),
      victim,
    ),
  );
  return parts.filter((_, at) => passes[at] === isGood);
}

/** What is let through with and without the mark by a detector that saw marked defective parts as good ones. */
async function poisoned({ taught, defective }: Dealt, seed: number): Promise<string> {
  const [own, others] = [
    defective.slice(0, Math.round(poisonShare * taught.length)),
    defective.slice(Math.round(poisonShare * taught.length)),
  ];
  const planted = own.map((part) => ({ ...part, picture: stampTrigger(part.picture) }));
  const parts = shuffle([...taught, ...planted], seededRandom(seed).fork('poison'));
  const victim = openVictim(probedModel(await teach(parts, seed)).attacked, defective);
  try {
    const share = async (pictures: readonly Picture[]) => {
      const passes = await verdicts(victim, pixelsOf(pictures, victim));
      return percent(passes.filter(Boolean).length / passes.length);
    };
    const plain = await share(others.map(({ picture }) => picture));
    const triggered = await share(others.map(({ picture }) => stampTrigger(picture)));
    return `${plain} through without the mark, ${triggered} with it`;
  } finally {
    await victim.close();
  }
}
