import type { AnomalyMap } from '../../../electron/contract/domain.ts';
import type { Thresholds } from '../../../electron/contract/verdict.ts';

/** Where the colours begin, as a share of the NG threshold: below it the part shows through untouched. */
const onset = 0.8;
/** Where they end, as a share of it, unless the part's own score lies higher still. */
const fullest = 4 / 3;

/** Red, green, blue, opacity, each 0..255. */
type Colour = readonly [number, number, number, number];

const stops: readonly (readonly [number, Colour])[] = [
  [0, [70, 30, 140, 0]],
  [0.35, [130, 40, 160, 120]],
  [0.6, [220, 70, 90, 190]],
  [0.8, [250, 140, 30, 225]],
  [1, [255, 236, 110, 245]],
];

/** @param t 0 (where colours begin) to 1 (a third above the NG threshold) */
export function heatColour(t: number): Colour {
  const at = Math.min(1, Math.max(0, t));
  const upper = stops.findIndex(([position]) => position >= at);
  const [high, to] = stops[Math.max(1, upper)] ?? stops[1]!;
  const [low, from] = stops[Math.max(1, upper) - 1] ?? stops[0]!;
  const share = (at - low) / (high - low);
  const mix = (index: 0 | 1 | 2 | 3) => Math.round(from[index] + share * (to[index] - from[index]));
  return [mix(0), mix(1), mix(2), mix(3)];
}

/** The colours as a CSS gradient from left to right, and where along it the NG threshold lies, 0..1. */
export const heatLegend = {
  gradient: `linear-gradient(to right, ${stops
    .map(([at, [red, green, blue, alpha]]) => `rgb(${red} ${green} ${blue} / ${alpha / 255}) ${at * 100}%`)
    .join(', ')})`,
  threshold: (1 - onset) / (fullest - onset),
} as const;

/** What the colours of a map are measured by. */
export interface HeatScale {
  readonly score: number | null;
  readonly thresholds: Thresholds | null;
}

/**
 * An anomaly map as RGBA pixels, one a cell. A detector sums its map up in its own way, so a cell counts as its
 * share of the hottest one: the hottest cell stands for the part's score. Colours then begin below the NG
 * threshold and a good part stays clear instead of being stretched to full colour. Without a score or thresholds
 * the map's own range is used.
 *
 * @returns uint8 [height · width · 4]
 */
export function heatmapPixels(map: AnomalyMap, scale: HeatScale): Uint8ClampedArray<ArrayBuffer> {
  const cells = Uint8Array.from(atob(map.data), (character) => character.charCodeAt(0));
  const [from, to] = range(map, scale);
  const span = Math.max(1e-12, to - from);
  const colours = Array.from({ length: 256 }, (_, byte) => {
    const value = map.low + (byte / 255) * (map.high - map.low);
    return heatColour((value - from) / span);
  });
  const pixels = new Uint8ClampedArray(map.width * map.height * 4);
  for (let index = 0; index < map.width * map.height; index++) {
    pixels.set(colours[cells[index] ?? 0] ?? [0, 0, 0, 0], index * 4);
  }
  return pixels;
}

/** Map values where the colours begin and end. */
function range(map: AnomalyMap, { score, thresholds }: HeatScale): [number, number] {
  if (score === null || score <= 0 || thresholds === null || thresholds.ng <= 0) return [map.low, map.high];
  const perScore = map.high / score;
  return [thresholds.ng * onset * perScore, Math.max(thresholds.ng * fullest, score) * perScore];
}
