import type { Random } from '../../random.ts';
import { between, markDefect, side, smoothNoise, smoothstep, whiteNoise, type Scene } from './canvas.ts';
import {
  boltCentre,
  boltCircle,
  boltCount,
  boltRadius,
  diffuse,
  discRadius,
  type DiscPose,
} from './discShape.ts';
import { makeBlob, visitBlob, visitStroke, wanderingLine, type Point } from './strokes.ts';

/** Adds a defect to a drawn disc; each of them differs in place, size and strength from part to part. */
export function addDiscDefect(scene: Scene, type: string, pose: DiscPose, random: Random): void {
  const draw = { scratch, dent, blindHole, burr, stain }[type];
  if (draw === undefined) throw new Error(`A disc has no defect ${type}`);
  draw(scene, pose, random);
}

/** A place on the face between two radii, clear of the holes. */
function placeOnFace(pose: DiscPose, random: Random, low: number, high: number): Point {
  for (;;) {
    const radius = between(random, low, high);
    const angle = between(random, 0, 2 * Math.PI);
    const point = { x: pose.x + radius * Math.cos(angle), y: pose.y + radius * Math.sin(angle) };
    const clear = Array.from({ length: boltCount }, (_, bolt) => boltCentre(pose, bolt)).every(
      (hole) => Math.hypot(hole.x - point.x, hole.y - point.y) > boltRadius + 9,
    );
    if (clear) return point;
  }
}

/** Ploughed across the turning marks: a bright burnished floor with a dark flank. */
function scratch(scene: Scene, pose: DiscPose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.45, 0.9);
  const halfWidth = between(random, 0.8, 1.7);
  const start = placeOnFace(pose, random, 40, 108);
  const line = wanderingLine(random, start, between(random, 0, 2 * Math.PI), between(random, 40, 110), 0.12);
  const broken = whiteNoise(random, 64, 1);
  visitStroke(line, halfWidth + 2, (at, distance, along) => {
    const x = (at % side) - pose.x;
    const y = Math.floor(at / side) - pose.y;
    const radius = Math.hypot(x, y);
    if (radius > discRadius - 1 || radius < 31) return;
    const pressure =
      smoothstep(0, 0.12, along) * smoothstep(1, 0.75, along) * (1 + 0.2 * broken[Math.floor(along * 63)]!);
    const floor = (1 - smoothstep(halfWidth - 0.6, halfWidth + 0.6, Math.abs(distance))) * pressure;
    const flank = Math.exp(-((distance - halfWidth - 0.6) ** 2)) * pressure;
    image[at] = image[at]! + strength * (floor * (0.95 - image[at]!) - 0.55 * flank * image[at]!);
    markDefect(scene, at, Math.max(floor, flank) * 1.2);
  });
}

/** A blow: a smooth hollow that turns its far wall to the lamp, its floor flattened and dull. */
function dent(scene: Scene, pose: DiscPose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.5, 1.1);
  const { x, y } = placeOnFace(pose, random, 36, 116);
  const blob = makeBlob(random, x, y, between(random, 4.5, 12), 0.15);
  const flat = diffuse(0, 0);
  visitBlob(blob, 1.35, (at, depth, px, py) => {
    const wall = depth * Math.exp(-1.6 * (depth - 0.75) ** 2) * (1 - smoothstep(0.95, 1.35, depth));
    const away = Math.hypot(px - x, py - y) + 1e-6;
    const slope = (-0.75 * strength * wall) / away;
    const lit = diffuse(slope * (px - x), slope * (py - y)) / flat;
    const dull = 1 - 0.3 * strength * (1 - smoothstep(0.3, 1, depth));
    image[at] = image[at]! * lit * dull;
    markDefect(scene, at, 1.4 - depth);
  });
}

/** The drill broke: the hole ends in a bright cone with the marks of the lips, or chips are packed in it. */
function blindHole(scene: Scene, pose: DiscPose, random: Random): void {
  const image = scene.planes[0]!;
  const centre = boltCentre(pose, random.integer(boltCount));
  const steep = between(random, 0.25, 0.7);
  const bright = between(random, 0.55, 0.95);
  const feed = between(random, 1.4, 2.4);
  const hole = { ...centre, radius: boltRadius, flatness: 1, angle: 0, waves: [] };
  const chips = smoothNoise(random, 1.6);
  const packed = random.uniform() < 0.4 ? 0.3 : 0.05;
  visitBlob(hole, 1.05, (at, depth, x, y) => {
    const [dx, dy] = [x - centre.x, y - centre.y];
    const away = Math.hypot(dx, dy) + 1e-6;
    const lit = diffuse((-steep * dx) / away, (-steep * dy) / away);
    const marks = 1 + 0.12 * Math.sin((2 * Math.PI * away) / feed) + packed * chips[at]!;
    const cover = 1 - smoothstep(0.8, 0.98, depth);
    image[at] = image[at]! + cover * (bright * lit * marks - image[at]!);
    markDefect(scene, at, 1.5 - depth);
  });
}

/** Metal left standing at an edge: a bright ragged lip with a shadow. */
function burr(scene: Scene, pose: DiscPose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.45, 1);
  const atRim = random.uniform() < 0.5;
  const centre = atRim ? pose : boltCentre(pose, random.integer(boltCount));
  const radius = atRim ? discRadius : boltRadius + 1;
  const start = between(random, 0, 2 * Math.PI);
  const span = atRim ? between(random, 0.1, 0.3) : between(random, 0.7, 1.8);
  const pieces = 12;
  const wobble = whiteNoise(random, pieces + 1, 1);
  const line = Array.from({ length: pieces + 1 }, (_, i) => {
    const angle = start + (span * i) / pieces;
    const out = radius + wobble[i]! * 0.9 + (atRim ? 1.5 : -1);
    return { x: centre.x + out * Math.cos(angle), y: centre.y + out * Math.sin(angle) };
  });
  const halfWidth = between(random, 1.2, 2.8);
  visitStroke(line, halfWidth + 4, (at, distance, along) => {
    const ends = smoothstep(0, 0.2, along) * smoothstep(1, 0.8, along);
    const lip = (1 - smoothstep(halfWidth - 0.8, halfWidth + 0.8, Math.abs(distance))) * ends;
    const shadow = Math.exp(-(((Math.abs(distance) - halfWidth - 1.5) / 1.4) ** 2)) * ends * 0.4;
    const crumbs = 0.75 + 0.2 * wobble[Math.floor(along * pieces)]!;
    image[at] = image[at]! * (1 - strength * shadow);
    image[at] = image[at]! + strength * lip * (crumbs - image[at]!);
    markDefect(scene, at, lip * 1.3);
  });
}

/** Coolant or oil that dried: darker, with a darker rim, and the turning marks still showing through. */
function stain(scene: Scene, pose: DiscPose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.25, 0.55);
  const angle = between(random, 0, 2 * Math.PI);
  const radius = between(random, 45, boltCircle + 18);
  const blob = makeBlob(
    random,
    pose.x + radius * Math.cos(angle),
    pose.y + radius * Math.sin(angle),
    between(random, 13, 27),
    0.35,
  );
  const patches = smoothNoise(random, 7);
  visitBlob(blob, 1.15, (at, depth) => {
    const x = (at % side) - pose.x;
    const y = Math.floor(at / side) - pose.y;
    if (Math.hypot(x, y) > discRadius - 2) return;
    const wet = 1 - smoothstep(0.85, 1.1, depth);
    const rim = Math.exp(-(((depth - 0.93) / 0.08) ** 2));
    image[at] = image[at]! * (1 - strength * (wet * (0.8 + 0.25 * patches[at]!) + 0.55 * rim));
    markDefect(scene, at, wet * 1.2);
  });
}
