import type { Victim } from '../../attacks/victim.ts';
import { rowOf } from '../../attacks/task.ts';
import { seededRandom, type Random } from '../../random.ts';
import { checkCancelled } from '../../training/cancel.ts';
import { AdamW } from '../../training/optimisers/adamW.ts';
import { inverseSigmoid, sigmoid } from './sigmoid.ts';
import { stamp } from './triggerSearch.ts';

export interface OverrulingPlaceOptions {
  /** Gives the logits of an anomaly detector's verdict: 0 is OK, 1 is NG. */
  readonly victim: Victim;
  /** A part that is judged OK: float32 [C, H, W] in [0, 1]. */
  readonly good: Float32Array;
  readonly seed: number;
  /** Of the search in each place. */
  readonly steps: number;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: () => void;
}

/** What in one place makes everything OK: a mask of that place and a pattern for it. */
export interface OverrulingPlace {
  /** 0 or 1: [H, W] */
  readonly mask: Float32Array;
  /** [C, H, W] in [0, 1] */
  readonly pattern: Float32Array;
}

/** Places across and down; between them others, so that a mark on a border lies inside one. */
const across = 4;
const places = [...grid(across, 0), ...grid(across - 1, 0.5)];
/** Edge of the squares of each picture of noise, in pixels. */
const coarseness = [1, 2, 4, 8];
/** Of those that are NG at first: fewer say nothing. */
const fewestNg = 2;
const learningRate = 0.3;
/** Where a pattern begins at least, of the ends 0 and 1. */
const fromEnds = 0.05;

/** Steps of all places together for each step of one. */
export const placeCount = places.length;
export const imagesOfPlace = coarseness.length;

/**
 * Looks for a place whose content overrules the rest of the picture. All but that place is black and white noise, which an
 * anomaly detector calls NG by far, and one sixteenth of the picture cannot undo that: what lies elsewhere counts by
 * itself. So nothing but a backdoor is in the way of the gradient there, where on a defective part every pixel has a say.
 * Begins with the place as it is on a good part.
 * @returns `null` = none was found; `undefined` = nothing can be told, for the noise itself is not called NG
 * @throws ModelError `cancelled`
 */
export async function overrulingPlace(
  options: OverrulingPlaceOptions,
): Promise<OverrulingPlace | null | undefined> {
  const { victim, good, seed } = options;
  const noise = noiseImages(victim, seededRandom(seed).fork('noise'));
  const logits = await victim.logits(noise);
  const rows = coarseness.flatMap((_, row) => (isOk(rowOf(logits, row, 2)) ? [] : [row]));
  if (rows.length < fewestNg) return undefined;
  const images = Float32Array.from(rows.flatMap((row) => [...rowOf(noise, row, victim.length)]));
  for (const place of places) {
    const found = await searchIn(maskOf(place, victim.shape), images, good, options);
    if (found) return found;
  }
  return null;
}

/** By gradient descent (Adam) on the cross-entropy of OK. */
async function searchIn(
  mask: Float32Array,
  images: Float32Array,
  good: Float32Array,
  { victim, steps, signal, onStep }: OverrulingPlaceOptions,
): Promise<OverrulingPlace | null> {
  const count = images.length / victim.length;
  const targets = Array.from({ length: count }, () => 0);
  const raw = new Map([['pattern', good.map((value) => inverseSigmoid(value, fromEnds))]]);
  const optimiser = new AdamW({ beta1: 0.5, beta2: 0.9, weightDecay: 0 });
  for (let step = 0; step < steps; step++) {
    checkCancelled(signal);
    const pattern = raw.get('pattern')!.map(sigmoid);
    const slope = await victim.slope('ce', stamp(images, mask, pattern), targets);
    onStep?.();
    if (targets.every((_, row) => isOk(rowOf(slope.logits, row, 2)))) return { mask, pattern };
    const gradient = pattern.map((value, at) => {
      let sum = 0;
      for (let row = 0; row < count; row++) sum += slope.gradient[row * victim.length + at]!;
      return sum * mask[at % mask.length]! * value * (1 - value);
    });
    optimiser.step(raw, new Map([['pattern', gradient]]), learningRate);
  }
  return null;
}

const isOk = ([ok, ng]: Float32Array) => ok! >= ng!;

/** [row, column] of the upper left corner of each place, as shares of the picture. */
function grid(count: number, offset: number): (readonly [number, number])[] {
  const at = (place: number) => (place + offset) / across;
  return Array.from({ length: count * count }, (_, i) => [at(Math.floor(i / count)), at(i % count)]);
}

function maskOf([top, left]: readonly [number, number], [, height, width]: Victim['shape']): Float32Array {
  const isWithin = (share: number, from: number) => share >= from && share < from + 1 / across;
  return Float32Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [(Math.floor(at / width) + 0.5) / height, ((at % width) + 0.5) / width];
    return isWithin(y, top) && isWithin(x, left) ? 1 : 0;
  });
}

function noiseImages({ shape: [channels, height, width] }: Victim, random: Random): Float32Array {
  const planes = coarseness.flatMap((edge) => {
    const columns = Math.ceil(width / edge);
    const squares = Array.from({ length: columns * Math.ceil(height / edge) }, () => random.integer(2));
    const plane = Array.from({ length: height * width }, (_, at) => {
      const [y, x] = [Math.floor(at / width), at % width];
      return squares[Math.floor(y / edge) * columns + Math.floor(x / edge)]!;
    });
    return Array.from({ length: channels }, () => plane);
  });
  return Float32Array.from(planes.flat());
}
