import type { Random } from '../random.ts';
import type { Stratum } from './conditions.ts';

export interface Resampling {
  readonly random: Random;
  /** At least 40, for a 95 % interval to have ends; default 1000. */
  readonly replicates?: number;
}

/** What is drawn together, kind by kind. */
type Drawn = readonly Pick<Stratum, 'units'>[];

/**
 * The 95 % percentile interval (Efron & Tibshirani 1993, chapter 13) of a figure over parts drawn anew with
 * replacement: each stratum by itself, since its size was chosen and not found, and whole groups at a time,
 * since parts of one group are no independent witnesses (Davison & Hinkley 1997, section 3.8).
 * @param figure of how often each part was drawn, float64 [parts]; valid only during the call
 */
export function bootstrapInterval(
  strata: Drawn,
  parts: number,
  figure: (drawn: Float64Array) => number,
  resampling: Resampling,
): [number, number] {
  return bootstrapIntervals(strata, parts, (drawn) => [figure(drawn)], resampling)[0]!;
}

/** The same of several figures of the same draws, each by itself: a band of them holds all at once less often. */
export function bootstrapIntervals(
  strata: Drawn,
  parts: number,
  figuresOf: (drawn: Float64Array) => ArrayLike<number>,
  { random, replicates = 1000 }: Resampling,
): [number, number][] {
  const drawn = new Float64Array(parts);
  const columns: Float64Array[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    drawn.fill(0);
    for (const { units } of strata) {
      for (let i = 0; i < units.length; i++) {
        for (const part of units[random.integer(units.length)]!) drawn[part]! += 1;
      }
    }
    const figures = figuresOf(drawn);
    for (let i = 0; i < figures.length; i++) {
      columns[i] ??= new Float64Array(replicates);
      columns[i]![replicate] = figures[i]!;
    }
  }
  return columns.map((column) => {
    column.sort();
    const at = (share: number) => column[Math.round(share * (replicates - 1))]!;
    return [at(0.025), at(0.975)];
  });
}
