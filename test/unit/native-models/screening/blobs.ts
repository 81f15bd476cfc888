import { seededRandom, type Random } from '../../../../native-models/random.ts';
import type { ScreenedParts } from '../../../../native-models/screening/screen.ts';

export const dimensions = 20;

/** Points around a middle of their class, which lies `apart` along the axis of the class. */
export function blobs(sizes: Readonly<Record<string, number>>, apart: number, seed = 1): ScreenedParts {
  const random = seededRandom(seed);
  const rows: Float32Array[] = [];
  const labels: string[] = [];
  Object.entries(sizes).forEach(([label, size], axis) => {
    for (let i = 0; i < size; i++) {
      rows.push(pointAt(axis, apart, random));
      labels.push(label);
    }
  });
  return { rows, labels, groups: labels.map(() => null) };
}

export function pointAt(axis: number, apart: number, random: Random): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, d) => random.normal() + (d === axis ? apart : 0));
}

/** The same parts with other labels for some. */
export function relabelled(parts: ScreenedParts, changes: ReadonlyMap<number, string>): ScreenedParts {
  return { ...parts, labels: parts.labels.map((label, at) => changes.get(at) ?? label) };
}
