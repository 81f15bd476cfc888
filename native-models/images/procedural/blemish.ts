import type { Random } from '../../random.ts';
import { between, side, smoothNoise, smoothstep, whiteNoise } from './canvas.ts';
import { makeBlob, visitBlob, visitStroke, wanderingLine, type Blob, type Point } from './strokes.ts';
import type { SurfacePlanes } from './surface.ts';

/** Where a blemish is put, and what from. */
interface Place {
  readonly planes: SurfacePlanes;
  readonly x: number;
  readonly y: number;
  /** Another surface, for what does not belong here. */
  readonly other: SurfacePlanes;
  readonly random: Random;
}

/** What can be wrong with a surface, whatever the product: by look, not by cause. */
const drawers = {
  darkLine: (place: Place) => line(place, -1, 0.9),
  lightLine: (place: Place) => line(place, 1, 0.1),
  groove,
  pits: (place: Place) => spots(place, -1),
  specks: (place: Place) => spots(place, 1),
  darkStain: (place: Place) => stain(place, -1),
  lightStain: (place: Place) => stain(place, 1),
  dent,
  foreignPatch,
  worn,
  displaced,
  fracture,
} as const;

export type BlemishType = keyof typeof drawers;
export const blemishTypes = Object.keys(drawers) as readonly BlemishType[];

/**
 * Draws a blemish over a point of a surface, in place. Its size and its strength, from hardly to plainly seen, are
 * drawn too.
 * @param other another surface; some blemishes are made of it
 */
export function addBlemish(
  planes: SurfacePlanes,
  type: BlemishType,
  { x, y }: { readonly x: number; readonly y: number },
  other: SurfacePlanes,
  random: Random,
): void {
  drawers[type]({ planes, x, y, other, random });
}

/** A thin line through the place, dark (a crack) or light (a scratch). */
function line({ planes, x, y, random }: Place, sign: 1 | -1, unrest: number): void {
  const strength = sign * between(random, 0.08, 0.5);
  const halfWidth = between(random, 0.5, 1.8);
  visitStroke(throughPlace(x, y, unrest, random), halfWidth + 1, (at, distance) => {
    const cover = 1 - smoothstep(halfWidth - 0.5, halfWidth + 0.7, Math.abs(distance));
    lighten(planes, at, strength * cover);
  });
}

/** A line with a lit and a shaded flank. */
function groove({ planes, x, y, random }: Place): void {
  const strength = between(random, 0.08, 0.4);
  const width = between(random, 0.8, 2.5);
  visitStroke(throughPlace(x, y, 0.2, random), 3 * width, (at, distance) => {
    const flank = distance / width;
    lighten(planes, at, strength * flank * Math.exp(-flank * flank));
  });
}

/** A wandering line, laid so that a point of its middle part is the place. */
function throughPlace(x: number, y: number, unrest: number, random: Random): readonly Point[] {
  const angle = between(random, 0, 2 * Math.PI);
  const length = between(random, 14, 80);
  const line = wanderingLine(random, { x: 0, y: 0 }, angle, length, unrest);
  const middle = line[Math.floor(line.length * between(random, 0.2, 0.8))]!;
  return line.map((point) => ({ x: x + point.x - middle.x, y: y + point.y - middle.y }));
}

/** One to five small dark pits or light specks. */
function spots({ planes, x, y, random }: Place, sign: 1 | -1): void {
  const count = 1 + random.integer(5);
  const strength = sign * between(random, 0.1, 0.5);
  for (let i = 0; i < count; i++) {
    const [offX, offY] = i === 0 ? [0, 0] : [9 * random.normal(), 9 * random.normal()];
    const spot = makeBlob(random, x + offX, y + offY, between(random, 1.2, 5), 0.15);
    visitBlob(spot, 1.3, (at, depth) => lighten(planes, at, strength * (1 - smoothstep(0.7, 1.2, depth))));
  }
}

/** A cloudy patch with a soft border. */
function stain({ planes, x, y, random }: Place, sign: 1 | -1): void {
  const strength = sign * between(random, 0.05, 0.3);
  const density = 1 + 0.2 * whiteNoise(random, 1, 1)[0]!;
  visitBlob(largeBlob(x, y, 8, 26, random), 1.4, (at, depth) => {
    const cover = (1 - smoothstep(0.5, 1.3, depth)) * density;
    for (const plane of planes) plane[at] = plane[at]! * (1 + 1.6 * strength * cover);
  });
}

/** Pressed in or standing out: one side lit, the other in shadow. */
function dent({ planes, x, y, random }: Place): void {
  const strength = between(random, 0.06, 0.35);
  const blob = largeBlob(x, y, 4, 16, random);
  const light = between(random, 0, 2 * Math.PI);
  visitBlob(blob, 1.3, (at, depth, px, py) => {
    const towards = ((px - x) * Math.cos(light) + (py - y) * Math.sin(light)) / blob.radius;
    lighten(planes, at, strength * towards * (1 - smoothstep(0.7, 1.25, depth)));
  });
}

/** Another surface within a sharp outline. */
function foreignPatch({ planes, x, y, other, random }: Place): void {
  const strength = between(random, 0.35, 1);
  visitBlob(largeBlob(x, y, 5, 20, random), 1.15, (at, depth) => {
    const cover = strength * (1 - smoothstep(0.9, 1.1, depth));
    planes.forEach((plane, channel) => {
      const foreign = other[channel % other.length]![at]!;
      plane[at] = plane[at]! + cover * (foreign - plane[at]!);
    });
  });
}

/** The texture rubbed away: its mean is left. */
function worn({ planes, x, y, random }: Place): void {
  const strength = between(random, 0.5, 1);
  const blob = largeBlob(x, y, 8, 24, random);
  for (const plane of planes) {
    let sum = 0;
    let count = 0;
    visitBlob(blob, 1, (at) => {
      sum += plane[at]!;
      count += 1;
    });
    const mean = sum / Math.max(1, count);
    visitBlob(blob, 1.2, (at, depth) => {
      plane[at] = plane[at]! + strength * (1 - smoothstep(0.8, 1.2, depth)) * (mean - plane[at]!);
    });
  }
}

/** The surface itself from a few pixels away. */
function displaced({ planes, x, y, random }: Place): void {
  const blob = largeBlob(x, y, 6, 18, random);
  const angle = between(random, 0, 2 * Math.PI);
  const way = between(random, 4, 30);
  const shift = Math.round(way * Math.sin(angle)) * side + Math.round(way * Math.cos(angle));
  for (const plane of planes) {
    const before = plane.slice();
    visitBlob(blob, 1.1, (at, depth) => {
      const from = before[at + shift];
      if (from === undefined) return;
      plane[at] = plane[at]! + (1 - smoothstep(0.9, 1.1, depth)) * (from - plane[at]!);
    });
  }
}

/** Something broken out: a rough, mostly darker ground within a sharp, ragged outline. */
function fracture({ planes, x, y, random }: Place): void {
  const strength = between(random, 0.4, 1);
  const level = between(random, 0.05, 0.5);
  const rough = smoothNoise(random, 2.6);
  visitBlob(largeBlob(x, y, 4, 16, random, 0.4), 1.1, (at, depth) => {
    const cover = strength * (1 - smoothstep(0.9, 1.05, depth));
    for (const plane of planes) plane[at] = plane[at]! + cover * (level + 0.06 * rough[at]! - plane[at]!);
  });
}

/** An outline near the place, so that the place lies anywhere within it. */
function largeBlob(x: number, y: number, least: number, most: number, random: Random, roughness = 0.3): Blob {
  const radius = between(random, least, most);
  const angle = between(random, 0, 2 * Math.PI);
  const away = 0.6 * radius * random.uniform();
  return makeBlob(random, x + away * Math.cos(angle), y + away * Math.sin(angle), radius, roughness);
}

function lighten(planes: SurfacePlanes, at: number, amount: number): void {
  for (const plane of planes) plane[at] = plane[at]! + amount;
}
