import type { Frame } from './frame.ts';

/** One place that light from a point falls on, relative to it, and its share of the light. */
export interface Tap {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

/** Spreads the light of every pixel over the taps (their weights are normalised); the edges repeat outward. */
export function spread(frame: Frame, taps: readonly Tap[]): Frame {
  const { width, height } = frame;
  const total = taps.reduce((sum, { weight }) => sum + weight, 0);
  const margin = taps.reduce((most, { x, y }) => Math.max(most, Math.abs(x), Math.abs(y)), 0);
  const stride = width + 2 * margin;
  const planes = frame.planes.map((plane) => {
    const padded = padEdges(plane, width, height, margin);
    const blurred = new Float32Array(plane.length);
    for (const { x, y, weight } of taps) {
      const share = weight / total;
      for (let row = 0; row < height; row++) {
        let from = (row + margin - y) * stride + margin - x;
        for (let at = row * width; at < (row + 1) * width; at++, from++)
          blurred[at]! += share * padded[from]!;
      }
    }
    return blurred;
  });
  return { width, height, planes };
}

function padEdges(plane: Float32Array, width: number, height: number, margin: number): Float32Array {
  const stride = width + 2 * margin;
  const padded = new Float32Array(stride * (height + 2 * margin));
  for (let y = 0; y < height + 2 * margin; y++) {
    const row = Math.min(height - 1, Math.max(0, y - margin)) * width;
    const start = y * stride;
    padded.fill(plane[row]!, start, start + margin);
    padded.set(plane.subarray(row, row + width), start + margin);
    padded.fill(plane[row + width - 1]!, start + margin + width, start + stride);
  }
  return padded;
}

/** Whole-pixel taps of a path, each sample shared among the four pixels around it. */
export function tapsAlong(path: readonly { readonly x: number; readonly y: number }[]): Tap[] {
  const taps = new Map<string, Tap>();
  for (const { x, y } of path) {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const weight = (1 - Math.abs(x - left - dx)) * (1 - Math.abs(y - top - dy));
      if (weight === 0) continue;
      const key = `${left + dx},${top + dy}`;
      taps.set(key, { x: left + dx, y: top + dy, weight: weight + (taps.get(key)?.weight ?? 0) });
    }
  }
  return [...taps.values()];
}
