import type { Random } from '../../random.ts';
import {
  between,
  clamp,
  cloudNoise,
  emptyScene,
  side,
  smoothNoise,
  smoothstep,
  whiteNoise,
  type Scene,
} from './canvas.ts';
import { addDiscDefect } from './discDefects.ts';
import {
  boltCentre,
  boltCircle,
  boltCount,
  boltRadius,
  diffuse,
  discRadius,
  type DiscPose,
} from './discShape.ts';
import { dotsOf, characterPitch } from './dotFont.ts';

const sinkRadius = 14;
const boreRadius = 27;

/**
 * Rings of the turned face from the bore outward: outer radius, radial slope of the surface (positive faces
 * outward), reflectance, and depth of the turning marks.
 */
const rings = [
  { outer: boreRadius, slope: 0, reflectance: 0, marks: 0 },
  { outer: 30, slope: -0.9, reflectance: 0.8, marks: 0.2 },
  { outer: 49, slope: 0, reflectance: 0.82, marks: 0.6 },
  { outer: 51, slope: 0.8, reflectance: 0.6, marks: 0.3 },
  { outer: 60, slope: 0, reflectance: 0.55, marks: 1.2 },
  { outer: 62, slope: -0.8, reflectance: 0.6, marks: 0.3 },
  { outer: 111, slope: 0, reflectance: 0.78, marks: 1 },
  { outer: 113, slope: 0.9, reflectance: 0.55, marks: 0.3 },
  { outer: 123, slope: 0, reflectance: 0.68, marks: 1.4 },
  { outer: discRadius, slope: 0.75, reflectance: 0.75, marks: 0.4 },
] as const;

const profileStep = 0.25;
/** Directions that the turning marks are stored for; between them they are interpolated. */
const sectors = 24;

/** Draws a machined disc on a rubber belt, light from the upper left and a weaker one from the right. */
export function drawDisc(random: Random, defect: string | null): Scene {
  const scene = emptyScene(1);
  const image = scene.planes[0]!;
  const place = random.fork('pose');
  const pose: DiscPose = {
    x: side / 2 + 2 * clamp(place.normal(), -2, 2),
    y: side / 2 + 2 * clamp(place.normal(), -2, 2),
    turn: place.uniform() * 2 * Math.PI,
  };
  drawBelt(image, pose, random.fork('belt'));
  drawFace(image, pose, random.fork('face'));
  drawMark(image, pose);
  for (let bolt = 0; bolt < boltCount; bolt++) drawBolt(image, boltCentre(pose, bolt));
  if (defect !== null) addDiscDefect(scene, defect, pose, random.fork('defect'));
  return scene;
}

function drawBelt(image: Float32Array, pose: DiscPose, random: Random): void {
  const clouds = cloudNoise(random, 60, 3);
  const weave = smoothNoise(random, 2.2);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      // The disc keeps the lamp's light off the belt on the far side.
      const dx = x - pose.x - 7;
      const dy = y - pose.y - 8;
      const shadow = Math.sqrt(dx * dx + dy * dy) - discRadius;
      const lit = 0.35 + 0.65 * smoothstep(-8, 14, shadow);
      image[at] = (0.15 + 0.008 * clouds[at]! + 0.016 * weave[at]!) * lit;
    }
  }
}

function drawFace(image: Float32Array, pose: DiscPose, random: Random): void {
  const profile = ringProfile();
  const marks = turningMarks(random);
  const grain = whiteNoise(random, side);
  const wear = cloudNoise(random, 70, 3);
  const radials = marks.length / sectors;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const dx = x - pose.x;
      const dy = y - pose.y;
      const radius = Math.sqrt(dx * dx + dy * dy);
      if (radius > discRadius + 1) continue;
      const at = y * side + x;
      const ux = dx / (radius + 1e-6);
      const uy = dy / (radius + 1e-6);
      const ring = Math.min(profile.slope.length - 1, Math.round(radius / profileStep));
      const turned = Math.atan2(dy, dx) - pose.turn;
      const sector = (turned / (2 * Math.PI) - Math.floor(turned / (2 * Math.PI))) * sectors;
      const mark = profile.marks[ring]! * marksAt(marks, radials, radius * 2, sector);
      const slope = profile.slope[ring]! + 0.13 * mark;
      const glint =
        highlight(ux, uy, slope, -0.21, -0.25, 0.13) + 0.55 * highlight(ux, uy, slope, 0.3, -0.06, 0.12);
      const light = 0.12 + 0.44 * diffuse(slope * ux, slope * uy) + 0.78 * glint;
      const finish = 1 + 0.022 * grain[at]! + 0.018 * wear[at]! + 0.05 * mark;
      const metal = profile.reflectance[ring]! * light * finish;
      // The far wall of the bore catches some light.
      const wall = 0.05 + 0.1 * smoothstep(15, boreRadius, radius) * Math.max(0, 0.67 * ux + 0.74 * uy);
      const inBore = 1 - smoothstep(boreRadius - 0.7, boreRadius + 0.7, radius);
      const cover = 1 - smoothstep(discRadius - 0.7, discRadius + 0.7, radius);
      const value = metal + inBore * (wall - metal);
      image[at] = image[at]! + cover * (value - image[at]!);
    }
  }
}

/**
 * Turned metal shines where the half-way vector is at a right angle to the turning marks: two opposite wedges
 * (an anisotropic lobe after Ward 1992, with a rational fall-off).
 */
function highlight(ux: number, uy: number, slope: number, hx: number, hy: number, width: number): number {
  const across = (uy * hx - ux * hy) / width;
  const along = (ux * hx + uy * hy - slope) / 0.42;
  const fall = 1 + across * across + along * along;
  return 1 / (fall * fall);
}

/** Ring properties by radius in steps of a quarter pixel, their borders rounded over about a pixel. */
function ringProfile() {
  const length = Math.ceil((discRadius + 2) / profileStep);
  const slope = new Float32Array(length);
  const reflectance = new Float32Array(length);
  const marks = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let weight = 0;
    for (let tap = -2; tap <= 2; tap++) {
      const radius = (i + tap) * profileStep;
      const ring = rings.find(({ outer }) => radius < outer) ?? rings[rings.length - 1]!;
      const share = 3 - Math.abs(tap);
      slope[i] = slope[i]! + share * ring.slope;
      reflectance[i] = reflectance[i]! + share * ring.reflectance;
      marks[i] = marks[i]! + share * ring.marks;
      weight += share;
    }
    slope[i] = slope[i]! / weight;
    reflectance[i] = reflectance[i]! / weight;
    marks[i] = marks[i]! / weight;
  }
  return { slope, reflectance, marks };
}

/** Height variation left by the tool, spread about 1: float32 [half pixels of radius, sectors]. */
function turningMarks(random: Random): Float32Array {
  const radials = (discRadius + 4) * 2;
  const steady = smoothed(whiteNoise(random, radials, 1), 1);
  const varying = smoothed(whiteNoise(random, sectors, radials), sectors);
  const feed = between(random, 0, 2 * Math.PI);
  const marks = new Float32Array(radials * sectors);
  for (let i = 0; i < radials; i++) {
    const groove = 0.45 * Math.sin((2 * Math.PI * i) / 7.3 + feed) + 1.1 * steady[i]!;
    for (let s = 0; s < sectors; s++) marks[i * sectors + s] = groove + 0.6 * varying[i * sectors + s]!;
  }
  return marks;
}

/** Mean of each row and its neighbours, weighted 1 2 1: nothing finer than the camera can resolve. */
function smoothed(noise: Float32Array, width: number): Float32Array {
  return noise.map((_, at) => {
    let sum = 0;
    for (let tap = -1; tap <= 1; tap++) {
      const from = at + tap * width;
      if (from >= 0 && from < noise.length) sum += (2 - Math.abs(tap)) * noise[from]!;
    }
    return sum / 4;
  });
}

function marksAt(marks: Float32Array, radials: number, row: number, sector: number): number {
  const top = Math.min(radials - 2, Math.floor(row));
  const left = Math.min(sectors - 1, Math.floor(sector));
  const right = left + 1 === sectors ? 0 : left + 1;
  const v = row - top;
  const u = sector - left;
  const above = marks[top * sectors + left]! * (1 - u) + marks[top * sectors + right]! * u;
  const below = marks[(top + 1) * sectors + left]! * (1 - u) + marks[(top + 1) * sectors + right]! * u;
  return above * (1 - v) + below * v;
}

/** A drilled hole with its countersink: bright on the side that faces the lamp, dark on the other. */
function drawBolt(image: Float32Array, centre: { x: number; y: number }): void {
  const reach = sinkRadius + 2;
  for (let y = Math.floor(centre.y - reach); y <= centre.y + reach; y++) {
    for (let x = Math.floor(centre.x - reach); x <= centre.x + reach; x++) {
      const dx = x - centre.x;
      const dy = y - centre.y;
      const radius = Math.hypot(dx, dy);
      if (radius > reach) continue;
      const ux = dx / (radius + 1e-6);
      const uy = dy / (radius + 1e-6);
      const sink =
        0.08 + 0.75 * diffuse(-0.9 * ux, -0.9 * uy) + 0.25 * highlight(ux, uy, 0, -0.21, -0.25, 0.2);
      const wall = 0.035 + 0.09 * smoothstep(4, boltRadius, radius) * Math.max(0, 0.67 * ux + 0.74 * uy);
      const inHole = 1 - smoothstep(boltRadius - 0.7, boltRadius + 0.7, radius);
      const cover = 1 - smoothstep(sinkRadius - 0.8, sinkRadius + 0.8, radius);
      const at = y * side + x;
      const value = 0.75 * sink + inHole * (wall - 0.75 * sink);
      image[at] = image[at]! + cover * (value - image[at]!);
    }
  }
}

/** The type number, dot-peened into the face half-way between two holes. */
function drawMark(image: Float32Array, pose: DiscPose): void {
  const text = 'K7-2';
  const pitch = 1.9;
  const angle = pose.turn + Math.PI / boltCount;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  [...text].forEach((character, position) => {
    for (const { column, row } of dotsOf(character)) {
      const u = (3 - row) * pitch + boltCircle;
      const v = (position * characterPitch + column - (text.length * characterPitch - 1) / 2) * pitch;
      punch(image, pose.x + u * cos - v * sin, pose.y + u * sin + v * cos);
    }
  });
}

/** One small pit: dark towards the lamp, bright away from it. */
function punch(image: Float32Array, x: number, y: number): void {
  for (let py = Math.floor(y) - 1; py <= Math.floor(y) + 2; py++) {
    for (let px = Math.floor(x) - 1; px <= Math.floor(x) + 2; px++) {
      const dx = px - x;
      const dy = py - y;
      const depth = Math.exp(-(dx * dx + dy * dy) / 1.1);
      const at = py * side + px;
      image[at] = image[at]! * (1 - depth * (0.45 - 0.35 * (0.67 * dx + 0.74 * dy)));
    }
  }
}
