import { addBlemish, blemishTypes } from '../images/procedural/blemish.ts';
import { clamp, between, side } from '../images/procedural/canvas.ts';
import { drawPart } from '../images/procedural/draw.ts';
import { partKinds, type PartKind } from '../images/procedural/part.ts';
import { drawSurface, type SurfacePlanes } from '../images/procedural/surface.ts';
import { toFrame } from '../images/corruptions/frame.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import { seededRandom, type Random } from '../random.ts';
import type { LabelledSet } from '../training/labelledSet.ts';
import type { SampleSource } from '../training/sampleSource.ts';

/** Width and height of a sample: 7 × 7 cells of 8 pixels. */
export const cropSide = 56;

/** How many of everything. */
export interface TaskSize {
  /** Kinds of surfaces besides the three products. */
  readonly surfaces: number;
  /** Pictures of each kind that samples are cut from. */
  readonly pieces: number;
  /** Samples of each kind in an epoch with each blemish. */
  readonly blemished: number;
  /** Samples of each kind in an epoch without any. */
  readonly clean: number;
}

/** What a backbone learns to tell from a small crop: which surface it is, and what, if anything, is wrong with it. */
export interface BackboneTask {
  readonly surfaces: number;
  /** Blemishes and none. */
  readonly faults: number;
  /** Name of each class: surface · `faults` + fault. */
  readonly labels: readonly string[];
  readonly train: LabelledSet;
  /** Cut from pieces that the training has not seen. */
  readonly validation: LabelledSet;
}

/** Draws the surfaces that the samples are cut from. Same seed and size, same samples. */
export function backboneTask(input: string, size: TaskSize, seed: number): BackboneTask {
  const random = seededRandom(seed);
  const kinds = Array.from({ length: size.surfaces + partKinds.length }, (_, kind) => kind);
  const faults = ['none', ...blemishTypes];
  const set = (name: string): LabelledSet => {
    const pieces = kinds.map((kind) =>
      Array.from({ length: size.pieces }, (_, piece) => pieceOf(kind, random, `${name} ${piece}`)),
    );
    const labels = kinds.flatMap((kind) =>
      faults.flatMap((_, fault) => {
        const count = fault === 0 ? size.clean : size.blemished;
        return Array.from({ length: count }, () => kind * faults.length + fault);
      }),
    );
    const source = crops(input, pieces, labels, faults.length, random.fork(name));
    return { source, labels, weights: null, nameOf: (index) => `${name} sample ${index}` };
  };
  return {
    surfaces: kinds.length,
    faults: faults.length,
    labels: kinds.flatMap((kind) => faults.map((fault) => `surface ${kind}, ${fault}`)),
    train: set('training'),
    validation: set('validation'),
  };
}

/** A picture of a kind: the first three are good ones of the demo’s products. */
function pieceOf(kind: number, random: Random, piece: string): SurfacePlanes {
  const own = random.fork(`kind ${kind}`);
  const part = partKinds[kind];
  return part === undefined ? drawSurface(own, own.fork(piece)) : goodPart(part, own.fork(piece));
}

/** From a line that no demo shows. */
function goodPart(part: PartKind, random: Random): SurfacePlanes {
  const disturbances = { light: 0.1, blur: 0, noise: 0 };
  const [seed, index] = [1 + random.integer(2 ** 31), random.integer(2 ** 31)];
  return toFrame(drawPart({ part, seed, index, defectRate: 0, disturbances }).picture).planes;
}

function crops(
  input: string,
  pieces: readonly (readonly SurfacePlanes[])[],
  labels: readonly number[],
  faults: number,
  fixed: Random,
): SampleSource {
  const length = 3 * cropSide * cropSide;
  return {
    async batch(indices, random) {
      const data = new Float32Array(indices.length * length);
      indices.forEach((index, row) => {
        const own = random ? random(row) : fixed.fork(index);
        const label = labels[index]!;
        const kind = pieces[Math.floor(label / faults)]!;
        const surface = kind[own.integer(kind.length)]!;
        const other = pieces[own.integer(pieces.length)]![0]!;
        const crop = data.subarray(row * length, (row + 1) * length);
        drawCrop(crop, surface, label % faults, other, own);
      });
      return { [input]: float32Tensor([indices.length, 3, cropSide, cropSide], data) };
    },
    flops: () => 0,
  };
}

/** A blemish lies within so many pixels of the crop's centre: within the cells that are judged. */
const nearCentre = 9;

function drawCrop(
  out: Float32Array,
  surface: SurfacePlanes,
  fault: number,
  other: SurfacePlanes,
  random: Random,
): void {
  const zoom = Math.exp(between(random, Math.log(0.75), Math.log(1.4)));
  const turn = between(random, 0, 2 * Math.PI);
  const reach = (cropSide / 2) * zoom * Math.SQRT2 + 2;
  const x = between(random, reach, side - reach);
  const y = between(random, reach, side - reach);
  let planes = surface;
  if (fault > 0) {
    planes = surface.map((plane) => plane.slice());
    const near = () => nearCentre * zoom * (2 * random.uniform() - 1);
    const place = { x: x + near(), y: y + near() };
    addBlemish(planes, blemishTypes[fault - 1]!, place, other, random.fork('blemish'));
  }
  const size = cropSide * cropSide;
  planes.forEach((plane, channel) =>
    cutOut(plane, { x, y, zoom, turn }, out.subarray(channel * size, (channel + 1) * size)),
  );
  expose(out.subarray(0, planes.length * size), random.fork('camera'));
  for (let plane = planes.length; plane < 3; plane++) out.copyWithin(plane * size, 0, size);
}

interface View {
  readonly x: number;
  readonly y: number;
  /** Pixels of the surface per pixel of the crop. */
  readonly zoom: number;
  readonly turn: number;
}

/** Bilinear. */
function cutOut(plane: Float32Array, { x, y, zoom, turn }: View, out: Float32Array): void {
  const [cos, sin] = [zoom * Math.cos(turn), zoom * Math.sin(turn)];
  const middle = (cropSide - 1) / 2;
  for (let row = 0, at = 0; row < cropSide; row++) {
    for (let column = 0; column < cropSide; column++, at++) {
      const [u, v] = [column - middle, row - middle];
      const px = x + cos * u - sin * v;
      const py = y + sin * u + cos * v;
      const left = Math.floor(px);
      const top = Math.floor(py);
      const [a, b] = [px - left, py - top];
      const from = top * side + left;
      const upper = plane[from]! + a * (plane[from + 1]! - plane[from]!);
      const lower = plane[from + side]! + a * (plane[from + side + 1]! - plane[from + side]!);
      out[at] = upper + b * (lower - upper);
    }
  }
}

/** About the mean that a detector may bring every picture to, when it stretches its contrast. */
const stretchedMean = 114;

/** Light, contrast, focus and noise of the picture, and its values as the network's input. */
function expose(values: Float32Array, random: Random): void {
  const size = cropSide * cropSide;
  if (random.uniform() < 0.3) {
    for (let start = 0; start < values.length; start += size) soften(values.subarray(start, start + size));
  }
  const exposure = Math.exp(0.25 * random.normal());
  const [slopeX, slopeY] = [0.12 * random.normal(), 0.12 * random.normal()];
  const contrast = random.uniform() < 0.5 ? 1 : Math.exp(between(random, Math.log(0.7), Math.log(4)));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const noise = Math.exp(between(random, Math.log(0.3), Math.log(7)));
  for (let at = 0; at < values.length; at++) {
    const column = ((at % size) % cropSide) / cropSide - 0.5;
    const row = Math.floor((at % size) / cropSide) / cropSide - 0.5;
    const lit = values[at]! * exposure * (1 + slopeX * column + slopeY * row);
    const level = 255 * clamp(lit, 0, 1) + noise * random.normal();
    const stretched = contrast * (level - 255 * mean) + (contrast === 1 ? 255 * mean : stretchedMean);
    values[at] = (stretched - 128) / 64;
  }
}

/** A blur of about a pixel, (1, 2, 1) / 4 along each axis. */
function soften(plane: Float32Array): void {
  for (const [step, stride] of [
    [1, cropSide],
    [cropSide, 1],
  ] as const) {
    for (let line = 0; line < cropSide; line++) {
      let before = plane[line * stride]!;
      for (let i = 1; i < cropSide - 1; i++) {
        const at = line * stride + i * step;
        const own = plane[at]!;
        plane[at] = (before + 2 * own + plane[at + step]!) / 4;
        before = own;
      }
    }
  }
}
