import type { Random } from '../../random.ts';
import { between, clamp, cloudNoise, side, smoothNoise, smoothstep, whiteNoise } from './canvas.ts';
import { makeBlob, visitBlob } from './strokes.ts';

/** A picture of a surface: one plane (grey) or three (R, G, B) of float32 [side, side], light in about 0..1. */
export type SurfacePlanes = readonly Float32Array[];

/** Adds one ingredient of a surface to its relief, float32 [side, side]. */
type Layer = (relief: Float32Array, random: Random) => void;

/** Share of the surfaces that have colour. */
const coloured = 0.25;

/**
 * Draws a flat, worked surface without any part on it: cast, ground, brushed, woven, speckled, banded, or several of
 * these at once.
 * @param kind which surface it is: pictures of one kind differ as two pieces of one material do
 * @param piece this piece's own chance
 */
export function drawSurface(kind: Random, piece: Random): SurfacePlanes {
  const layers = ingredients(kind.fork('ingredients'));
  const relief = new Float32Array(side * side);
  layers.forEach((layer, at) => layer(relief, piece.fork(at)));
  return shade(relief, kind.fork('shade'));
}

/** One to three layers of different sorts. */
function ingredients(random: Random): readonly Layer[] {
  const sorts = [clouds, grain, brushMarks, waves, weave, speckles, bands];
  return Array.from({ length: 1 + random.integer(3) }, () => {
    const [sort] = sorts.splice(random.integer(sorts.length), 1);
    return sort!(random);
  });
}

/** Spread of a layer in units of light. */
const spreadOf = (random: Random) => Math.exp(between(random, Math.log(0.012), Math.log(0.12)));

function clouds(kind: Random): Layer {
  const spread = spreadOf(kind);
  const cell = between(kind, 10, 80);
  const octaves = 2 + kind.integer(3);
  return (relief, random) => add(relief, cloudNoise(random, cell, octaves), spread);
}

function grain(kind: Random): Layer {
  const spread = spreadOf(kind) / 2;
  const cell = between(kind, 1.2, 4);
  return (relief, random) => {
    add(relief, smoothNoise(random, cell), spread);
    add(relief, whiteNoise(random, side), spread / 2);
  };
}

/** Marks of grinding or brushing, along x or y. */
function brushMarks(kind: Random): Layer {
  const spread = spreadOf(kind);
  const [long, short] = [between(kind, 15, 90), between(kind, 1.2, 5)];
  const isLevel = kind.uniform() < 0.5;
  return (relief, random) =>
    add(relief, isLevel ? smoothNoise(random, long, short) : smoothNoise(random, short, long), spread);
}

/** Marks of a tool that comes back at even distances, a little out of step. */
function waves(kind: Random): Layer {
  const spread = spreadOf(kind);
  const wave = waveOf(kind);
  const unrest = between(kind, 0, 3);
  return (relief, random) => {
    const shift = smoothNoise(random, 60);
    fill(relief, (x, y, at) => spread * Math.SQRT2 * Math.sin(wave(x, y) + unrest * shift[at]!));
  };
}

/** Two sets of threads across each other. */
function weave(kind: Random): Layer {
  const spread = 2 * spreadOf(kind);
  const [one, other] = [waveOf(kind), waveOf(kind)];
  const unrest = between(kind, 0, 1);
  return (relief, random) => {
    const shift = smoothNoise(random, 45);
    fill(relief, (x, y, at) => spread * Math.sin(one(x, y) + unrest * shift[at]!) * Math.sin(other(x, y)));
  };
}

/** Phase of a grating of any direction, 4 to 24 pixels long. */
function waveOf(kind: Random): (x: number, y: number) => number {
  const angle = between(kind, 0, Math.PI);
  const frequency = (2 * Math.PI) / between(kind, 4, 24);
  const [u, v] = [frequency * Math.cos(angle), frequency * Math.sin(angle)];
  return (x, y) => u * x + v * y;
}

/** Grains of another shade. */
function speckles(kind: Random): Layer {
  const count = Math.round(Math.exp(between(kind, Math.log(60), Math.log(700))));
  const largest = between(kind, 1.5, 6);
  const spread = 3 * spreadOf(kind) * (kind.uniform() < 0.5 ? -1 : 1);
  const roughness = between(kind, 0, 0.4);
  return (relief, random) => {
    for (let i = 0; i < count; i++) {
      const [x, y] = [random.uniform() * side, random.uniform() * side];
      const height = spread * between(random, 0.3, 1);
      visitBlob(makeBlob(random, x, y, between(random, 1, largest), roughness), 1.3, (at, depth) => {
        relief[at] = relief[at]! + height * (1 - smoothstep(0.7, 1.2, depth));
      });
    }
  };
}

/** Regions of two shades with a border between them: inlays, print, steps in the relief. */
function bands(kind: Random): Layer {
  const height = 3 * spreadOf(kind);
  const cell = between(kind, 25, 80);
  const softness = between(kind, 0.02, 0.2);
  return (relief, random) => {
    const field = smoothNoise(random, cell);
    fill(relief, (_x, _y, at) => height * (smoothstep(-softness, softness, field[at]!) - 0.5));
  };
}

function add(relief: Float32Array, noise: Float32Array, spread: number): void {
  for (let at = 0; at < relief.length; at++) relief[at] = relief[at]! + spread * noise[at]!;
}

function fill(relief: Float32Array, value: (x: number, y: number, at: number) => number): void {
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at++) relief[at] = relief[at]! + value(x, y, at);
  }
}

/** From relief to light: a base level, and for some surfaces two colours that the relief leads from one to the other. */
function shade(relief: Float32Array, random: Random): SurfacePlanes {
  const level = between(random, 0.25, 0.7);
  const isColoured = random.uniform() < coloured;
  const tints = isColoured
    ? [0, 1, 2].map(() => ({ base: between(random, 0.6, 1.4), gain: between(random, -0.5, 1.5) }))
    : [{ base: 1, gain: 1 }];
  return tints.map(({ base, gain }) => relief.map((height) => clamp(level * base + gain * height, 0, 1)));
}
