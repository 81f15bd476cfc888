import type { Random } from '../../random.ts';
import { between, clamp, side } from './canvas.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Called for each pixel near a stroke. */
export type StrokeVisitor = (
  at: number,
  /** Signed distance from the line in pixels, positive to the right of its direction. */
  distance: number,
  /** Position along the line, 0..1. */
  along: number,
) => void;

/** Visits every pixel within `reach` pixels of a line through the points, once, with its nearest segment. */
export function visitStroke(points: readonly Point[], reach: number, visit: StrokeVisitor): void {
  const nearest = new Map<number, { distance: number; along: number }>();
  const segments = points.length - 1;
  for (let s = 0; s < segments; s++) {
    const a = points[s]!;
    const b = points[s + 1]!;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const length = Math.hypot(dx, dy) || 1e-6;
    const box = boxAround(
      Math.min(a.x, b.x),
      Math.min(a.y, b.y),
      Math.max(a.x, b.x),
      Math.max(a.y, b.y),
      reach,
    );
    for (let y = box.top; y <= box.bottom; y++) {
      for (let x = box.left; x <= box.right; x++) {
        const t = clamp(((x - a.x) * dx + (y - a.y) * dy) / (length * length), 0, 1);
        const offX = x - a.x - t * dx;
        const offY = y - a.y - t * dy;
        const distance = Math.sqrt(offX * offX + offY * offY);
        if (distance > reach) continue;
        const at = y * side + x;
        const known = nearest.get(at);
        if (known !== undefined && Math.abs(known.distance) <= distance) continue;
        const right = dx * offY - dy * offX >= 0;
        nearest.set(at, { distance: right ? distance : -distance, along: (s + t) / segments });
      }
    }
  }
  for (const [at, { distance, along }] of nearest) visit(at, distance, along);
}

/** A line that starts somewhere, keeps its direction on the whole, and bends and wobbles by `unrest`. */
export function wanderingLine(
  random: Random,
  start: Point,
  angle: number,
  length: number,
  unrest: number,
  step = 4,
): Point[] {
  const points = [start];
  const bend = random.normal() * unrest;
  let { x, y } = start;
  let wobble = 0;
  for (let gone = 0; gone < length; gone += step) {
    wobble = 0.65 * wobble + 0.5 * unrest * random.normal();
    const heading = angle + (bend * gone) / length + wobble;
    x += Math.cos(heading) * step;
    y += Math.sin(heading) * step;
    points.push({ x, y });
  }
  return points;
}

/** An irregular round outline: radius as a function of direction. */
export interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Height of the third axis: 1 is round, 0.5 half as high as wide. */
  readonly flatness: number;
  readonly angle: number;
  readonly waves: readonly { readonly amplitude: number; readonly phase: number }[];
}

/** @param roughness 0 (an ellipse) to about 0.4 (ragged) */
export function makeBlob(random: Random, x: number, y: number, radius: number, roughness: number): Blob {
  return {
    x,
    y,
    radius,
    flatness: between(random, 0.6, 1),
    angle: between(random, 0, Math.PI),
    waves: [2, 3, 4, 5, 7, 9].map((order) => ({
      amplitude: (roughness * random.normal()) / order,
      phase: between(random, 0, 2 * Math.PI),
    })),
  };
}

/** Visits pixels of a blob out to `reach` times its outline; `depth` is 0 in the middle, 1 on the outline. */
export function visitBlob(
  blob: Blob,
  reach: number,
  visit: (at: number, depth: number, x: number, y: number) => void,
): void {
  const cos = Math.cos(blob.angle);
  const sin = Math.sin(blob.angle);
  const box = boxAround(blob.x, blob.y, blob.x, blob.y, blob.radius * reach * 1.6);
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const u = cos * (x - blob.x) + sin * (y - blob.y);
      const v = (-sin * (x - blob.x) + cos * (y - blob.y)) / blob.flatness;
      const depth = Math.sqrt(u * u + v * v) / (blob.radius * outline(blob, Math.atan2(v, u)));
      if (depth <= reach) visit(y * side + x, depth, x, y);
    }
  }
}

const waveOrders = [2, 3, 4, 5, 7, 9];

function outline(blob: Blob, direction: number): number {
  let radius = 1;
  blob.waves.forEach(({ amplitude, phase }, i) => {
    radius += amplitude * Math.cos(waveOrders[i]! * direction + phase);
  });
  return Math.max(0.3, radius);
}

function boxAround(left: number, top: number, right: number, bottom: number, reach: number) {
  return {
    left: Math.max(0, Math.floor(left - reach)),
    top: Math.max(0, Math.floor(top - reach)),
    right: Math.min(side - 1, Math.ceil(right + reach)),
    bottom: Math.min(side - 1, Math.ceil(bottom + reach)),
  };
}
