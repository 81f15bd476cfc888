import type { Random } from '../random.ts';
import { gatherRows, marginOf, pick, rowOf, Trial, type AttackOutcome, type AttackTask } from './task.ts';

const usualSteps = 1000;
/** Share of the image that the first squares cover. */
const firstShare = 0.8;

/**
 * Square attack (Andriushchenko et al., arXiv 1912.00049): random squares, kept where they raise the margin. It asks
 * the network for logits only, so what it finds and gradients do not is a sign that gradients mislead.
 */
export async function square(task: AttackTask): Promise<AttackOutcome> {
  const { victim, clean, labels, norm } = task;
  const { length, shape, classes } = victim;
  const steps = task.steps ?? usualSteps;
  const search = norm.name === 'linf' ? squaresLinf : squaresL2;
  const trial = new Trial(task);
  for (let restart = 0; restart < (task.restarts ?? 1); restart++) {
    const random = task.random.fork(`restart ${restart}`);
    const draws = labels.map((_, row) => random.fork(row));
    const margins = new Float32Array(labels.length).fill(-Infinity);
    const images = clean.slice();
    let rows = trial.open();
    for (let step = 0; step <= steps && rows.length > 0; step++) {
      trial.open();
      const candidates = gatherRows(images, rows, length);
      const side = sideAt(step, steps, shape);
      rows.forEach((row, at) => {
        const candidate = rowOf(candidates, at, length);
        const original = rowOf(clean, row, length);
        if (step === 0) search.start(candidate, original, shape, task.epsilon, draws[row]!);
        else search.change(candidate, original, shape, task.epsilon, side, draws[row]!);
      });
      const logits = await victim.logits(candidates);
      rows.forEach((row, at) => {
        const margin = marginOf(logits.subarray(at * classes, (at + 1) * classes), labels[row]!);
        if (margin <= margins[row]!) return;
        margins[row] = margin;
        rowOf(images, row, length).set(rowOf(candidates, at, length));
      });
      rows = pick(rows, trial.note(rows, candidates, logits));
    }
  }
  return trial;
}

type Shape = readonly [channels: number, height: number, width: number];

/** The share halves at these steps of 10,000, stretched to the number of steps there are (section 4). */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

function sideAt(step: number, steps: number, [, height, width]: Shape): number {
  const scaled = Math.floor((step / steps) * 10_000);
  const share = firstShare / 2 ** halvings.filter((at) => scaled > at).length;
  const side = Math.round(Math.sqrt(share * height * width));
  return Math.min(Math.max(1, side), height - 1, width - 1);
}

interface Search {
  /** Changes the clean image into the one that the search starts from. */
  start(image: Float32Array, clean: Float32Array, shape: Shape, epsilon: number, random: Random): void;
  /** Tries one square. */
  change(
    image: Float32Array,
    clean: Float32Array,
    shape: Shape,
    epsilon: number,
    side: number,
    random: Random,
  ): void;
}

/** Every value at the border of the ball, so only signs are searched (section 3.2). */
const squaresLinf: Search = {
  start(image, clean, [channels, height, width], epsilon, random) {
    for (let c = 0; c < channels; c++) {
      for (let x = 0; x < width; x++) {
        const change = signOf(random) * epsilon;
        for (let y = 0; y < height; y++) {
          const at = (c * height + y) * width + x;
          image[at] = inRange(clean[at]! + change);
        }
      }
    }
  },
  change(image, clean, [channels, height, width], epsilon, side, random) {
    const top = random.integer(height - side + 1);
    const left = random.integer(width - side + 1);
    for (let c = 0; c < channels; c++) {
      const change = signOf(random) * epsilon;
      for (let y = top; y < top + side; y++) {
        for (let x = left; x < left + side; x++) {
          const at = (c * height + y) * width + x;
          image[at] = inRange(clean[at]! + change);
        }
      }
    }
  },
};

/** The budget of the change moves between two squares at each step (section 3.3). */
const squaresL2: Search = {
  start(image, clean, [channels, height, width], epsilon, random) {
    const side = Math.max(1, Math.floor(Math.min(height, width) / 5));
    const delta = new Float32Array(image.length);
    for (let top = 0; top + side <= height; top += side) {
      for (let left = 0; left + side <= width; left += side) {
        const bump = twoBumps(side, random);
        for (let c = 0; c < channels; c++) {
          const sign = signOf(random);
          forSquare([c, top, left, side], height, width, (at, i) => (delta[at]! += sign * bump[i]!));
        }
      }
    }
    scaleTo(delta, epsilon);
    for (let i = 0; i < image.length; i++) image[i] = inRange(clean[i]! + delta[i]!);
  },
  change(image, clean, [channels, height, width], epsilon, wantedSide, random) {
    const side = Math.max(3, wantedSide - (wantedSide % 2 === 0 ? 1 : 0));
    if (side > Math.min(height, width)) return;
    const place = () => [random.integer(height - side + 1), random.integer(width - side + 1)] as const;
    const [top, left] = place();
    const [otherTop, otherLeft] = place();
    const delta = image.map((value, i) => value - clean[i]!);
    const bump = twoBumps(side, random);
    scaleTo(bump, 1);
    const total = delta.reduce((sum, value) => sum + value * value, 0);
    for (let c = 0; c < channels; c++) {
      const here = [c, top, left, side] as const;
      const there = [c, otherTop, otherLeft, side] as const;
      const inEither = new Map<number, number>();
      const own = new Float32Array(side * side);
      forSquare(there, height, width, (at) => inEither.set(at, delta[at]!));
      forSquare(here, height, width, (at, i) => {
        inEither.set(at, delta[at]!);
        own[i] = delta[at]!;
      });
      let freed = 0;
      for (const value of inEither.values()) freed += value * value;
      const left2 = Math.max(0, epsilon * epsilon - total) / channels;
      const sign = signOf(random);
      scaleTo(own, 1);
      const fresh = bump.map((value, i) => sign * value + own[i]!);
      scaleTo(fresh, Math.sqrt(freed + left2));
      forSquare(there, height, width, (at) => (delta[at] = 0));
      forSquare(here, height, width, (at, i) => (delta[at] = fresh[i]!));
    }
    if (Math.sqrt(delta.reduce((sum, value) => sum + value * value, 0)) > epsilon) scaleTo(delta, epsilon);
    for (let i = 0; i < image.length; i++) image[i] = inRange(clean[i]! + delta[i]!);
  },
};

type Square = readonly [channel: number, top: number, left: number, side: number];

function forSquare(
  [c, top, left, side]: Square,
  height: number,
  width: number,
  visit: (at: number, i: number) => void,
): void {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) visit((c * height + top + y) * width + left + x, y * side + x);
  }
}

/** Two bumps of opposite sign, one in each half of a square, along a random axis (equation 2 and figure 3). */
function twoBumps(side: number, random: Random): Float32Array {
  const bumps = new Float32Array(side * side);
  const half = Math.floor(side / 2);
  const first = pyramid(half, side);
  const second = pyramid(side - half, side);
  const isTurned = random.uniform() > 0.5;
  const set = (y: number, x: number, value: number) => {
    bumps[isTurned ? x * side + y : y * side + x] = value;
  };
  for (let x = 0; x < side; x++) {
    for (let y = 0; y < half; y++) set(y, x, first[y * side + x]!);
    for (let y = half; y < side; y++) set(y, x, -second[(y - half) * side + x]!);
  }
  return bumps;
}

/** Nested rectangles around the middle, each weighted by one over the square of its rank from outside in. */
function pyramid(height: number, width: number): Float32Array {
  const values = new Float32Array(height * width);
  const middleY = Math.floor(height / 2);
  const middleX = Math.floor(width / 2);
  let top = middleY;
  let left = middleX;
  const ranks = Math.max(middleY, middleX) + 1;
  let bottom = middleY;
  let right = middleX;
  for (let rank = 0; rank < ranks; rank++) {
    for (let y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++) {
      for (let x = Math.max(0, left); x <= Math.min(width - 1, right); x++) {
        values[y * width + x]! += 1 / (rank + 1) ** 2;
      }
    }
    top -= 1;
    left -= 1;
    bottom += 1;
    right += 1;
  }
  scaleTo(values, 1);
  return values;
}

/** Scales to a Euclidean length; zeros stay zeros. */
function scaleTo(values: Float32Array, size: number): void {
  const own = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  if (own === 0) return;
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! * size) / own;
}

const signOf = (random: Random): number => (random.uniform() < 0.5 ? -1 : 1);
const inRange = (value: number): number => Math.min(1, Math.max(0, value));
