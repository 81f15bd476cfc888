import {
  PictureFigures,
  type DriftFeature,
  type DriftMemory,
  type PictureFigures as Figures,
} from '../../contract/drift.ts';

/** Lowest and highest value of each figure that the reference shows. */
export type UsualRange = Readonly<Record<keyof Figures, readonly [number, number]>>;

const names = PictureFigures.keyof().options;

/** @param reference at least one part */
export function usualRange(reference: readonly Figures[]): UsualRange {
  const ranges = names.map((name) => {
    const values = reference.map((figures) => figures[name]);
    return [name, [Math.min(...values), Math.max(...values)]];
  });
  return Object.fromEntries(ranges) as UsualRange;
}

/** Robust standard deviations from the median: of a normal figure, chance goes as far in one part of sixteen thousand. */
const farFrom = 4;

/**
 * The figure of a picture that lies furthest outside what is usual at a site: beyond all that its reference shows, and far
 * from the middle of it, so that one in five hundred is not called odd for being the first. `null`: none does.
 */
export function oddFigure(
  figures: Figures,
  range: UsualRange,
  scales: DriftMemory['swings']['features'],
): { feature: DriftFeature; shift: number } | null {
  const odd = names.flatMap((feature) => {
    const [low, high] = range[feature];
    const { centre, spread } = scales[feature];
    const shift = (figures[feature] - centre) / spread;
    const isBeyond = figures[feature] < low || figures[feature] > high;
    return isBeyond && Math.abs(shift) > farFrom ? [{ feature, shift }] : [];
  });
  return odd.sort((one, other) => Math.abs(other.shift) - Math.abs(one.shift))[0] ?? null;
}
