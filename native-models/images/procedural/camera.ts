import { seededRandom, type Random } from '../../random.ts';
import type { Picture } from '../picture.ts';
import { between, clamp, side, whiteNoise, type Scene } from './canvas.ts';
import type { Disturbances } from './part.ts';

/** The light that falls on one part. */
interface Light {
  /** Factor on the whole image. */
  readonly exposure: number;
  /** Relative change of the light from the image's centre to its edge, along x and y. */
  readonly slopeX: number;
  readonly slopeY: number;
}

/** Sensor noise of a well-exposed image on the 0..255 scale: spread in the dark, and variance per level. */
const quietRead = 0.7;
const quietShot = 0.008;

/**
 * Takes the picture: vibration, light, lens, sensor.
 * @param seed names the line: its drift runs on from part to part
 * @param random this part's own chance
 */
export function photograph(
  scene: Scene,
  disturbances: Disturbances,
  seed: number,
  index: number,
  random: Random,
): Picture {
  const light = lightOf(disturbances.light, seed, index, random.fork('light'));
  const shake = shakeOf(disturbances.blur, seed, random.fork('blur'));
  const noise = random.fork('noise');
  const channels = scene.planes.length === 1 ? 1 : 3;
  const data = new Uint8Array(side * side * channels);
  scene.planes.forEach((plane, channel) => {
    const seen = focus(shake === null ? plane : moved(plane, shake));
    expose(seen, light, disturbances.noise, noise, data, channels, channel);
  });
  return { width: side, height: side, channels, depth: 8, data };
}

/**
 * Slow drift of the lamp (two periods, about 400 and 130 parts), flicker from part to part, and a gradient
 * whose direction turns slowly.
 */
function lightOf(strength: number, seed: number, index: number, random: Random): Light {
  const line = seededRandom(seed).fork('light');
  const wave = (parts: number) => Math.sin((2 * Math.PI * index) / parts + line.uniform() * 2 * Math.PI);
  const drift = 0.65 * wave(410) + 0.35 * wave(127);
  const turn = line.uniform() * 2 * Math.PI + index / 90;
  const slope = 0.02 + strength * 0.4 * (0.6 + 0.4 * wave(230));
  const flicker = random.normal();
  return {
    exposure: Math.exp((0.006 + 0.42 * strength) * drift + (0.004 + 0.05 * strength) * flicker),
    slopeX: slope * Math.cos(turn),
    slopeY: slope * Math.sin(turn),
  };
}

/** How far the part moved during the exposure, in pixels along x and y. */
function shakeOf(strength: number, seed: number, random: Random): { x: number; y: number } | null {
  if (strength === 0) return null;
  const angle = seededRandom(seed).fork('blur').uniform() * Math.PI + 0.25 * random.normal();
  const length = strength * between(random, 2.5, 10);
  return { x: length * Math.cos(angle), y: length * Math.sin(angle) };
}

/** Samples along the way for each pixel of its length. */
const finerThanPixels = 6;

/** Mean of the plane along the way it moved, the edge repeating outward. */
function moved(plane: Float32Array, way: { x: number; y: number }): Float32Array {
  const margin = Math.ceil(Math.max(Math.abs(way.x), Math.abs(way.y)) / 2) + 1;
  const padded = pad(plane, margin);
  const stride = side + 2 * margin;
  const sum = new Float32Array(plane.length);
  const width = side;
  for (const [shift, weight] of pixelsAlong(way, margin, stride)) {
    for (let y = 0; y < width; y++) {
      for (let at = y * width, from = y * stride + shift; at < (y + 1) * width; at++, from++) {
        sum[at] = sum[at]! + weight * padded[from]!;
      }
    }
  }
  return sum;
}

/** The whole-pixel shifts that a straight way passes through, with the share of its length in each. */
function pixelsAlong(way: { x: number; y: number }, margin: number, stride: number): Map<number, number> {
  const samples = Math.max(2, Math.ceil(Math.hypot(way.x, way.y) * finerThanPixels));
  const shares = new Map<number, number>();
  for (let sample = 0; sample < samples; sample++) {
    const t = (sample + 0.5) / samples - 0.5;
    const shift = Math.round(way.y * t + margin) * stride + Math.round(way.x * t + margin);
    shares.set(shift, (shares.get(shift) ?? 0) + 1 / samples);
  }
  return shares;
}

function pad(plane: Float32Array, margin: number): Float32Array {
  const stride = side + 2 * margin;
  const padded = new Float32Array(stride * stride);
  for (let y = 0; y < stride; y++) {
    const row = clamp(y - margin, 0, side - 1) * side;
    padded.set(plane.subarray(row, row + side), y * stride + margin);
    padded.fill(plane[row]!, y * stride, y * stride + margin);
    padded.fill(plane[row + side - 1]!, y * stride + margin + side, (y + 1) * stride);
  }
  return padded;
}

/** The lens in focus: a blur of about half a pixel, (1, 5, 1) / 7 along each axis. */
function focus(plane: Float32Array): Float32Array {
  const wide = new Float32Array(plane.length);
  const width = side;
  for (let y = 0; y < width; y++) {
    const row = y * width;
    wide[row] = plane[row]!;
    wide[row + width - 1] = plane[row + width - 1]!;
    for (let at = row + 1; at < row + width - 1; at++) {
      wide[at] = (plane[at - 1]! + 5 * plane[at]! + plane[at + 1]!) / 7;
    }
  }
  const seen = wide.slice();
  for (let at = width; at < plane.length - width; at++) {
    seen[at] = (wide[at - width]! + 5 * wide[at]! + wide[at + width]!) / 7;
  }
  return seen;
}

/** Light in 0..1 becomes levels 0..255: illumination, the lens's fall-off to the corners, sensor noise. */
function expose(
  seen: Float32Array,
  light: Light,
  strength: number,
  random: Random,
  data: Uint8Array,
  channels: number,
  channel: number,
): void {
  const grain = whiteNoise(random, side);
  const read = (quietRead + 8 * strength) ** 2;
  const shot = quietShot + 1.1 * strength;
  const width = side;
  const half = width / 2;
  for (let y = 0; y < width; y++) {
    const v = (y - half) / half;
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const u = (x - half) / half;
      const lit = light.exposure * (1 + light.slopeX * u + light.slopeY * v) * (1 - 0.05 * (u * u + v * v));
      const level = Math.max(0, 255 * lit * seen[at]!);
      const value = level + Math.sqrt(read + shot * level) * grain[at]!;
      data[at * channels + channel] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
    }
  }
}
