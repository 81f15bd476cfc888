import type { Random } from '../../random.ts';
import type { Frame } from './frame.ts';

/** From 1, barely seen on the line, to 5, as bad as a line would go on with. */
export const severities = [1, 2, 3, 4, 5] as const;
export type Severity = (typeof severities)[number];

export type CorruptionFamily = 'noise' | 'blur' | 'light' | 'sensor' | 'dirt' | 'geometry' | 'compression';

/** A disturbance of the picture as a function of (picture, severity, seed), after Hendrycks & Dietterich (ICLR 2019). */
export interface Corruption {
  /** As on the command line, e.g. `gaussian-noise`. */
  readonly name: string;
  readonly family: CorruptionFamily;
  /** What the levels measure, with its unit. */
  readonly measure: string;
  readonly levels: readonly [number, number, number, number, number];
  /** Says nothing about grey pictures: they come out as they went in. */
  readonly colourOnly?: true;
  /**
   * @param frame not to be changed
   * @param level the one of the severity
   * @param random this picture's own chance: place, direction, sign
   */
  apply(frame: Frame, level: number, random: Random): Frame | Promise<Frame>;
}

/** +1 or −1: too bright or too dark, left or right. */
export function either(random: Random): 1 | -1 {
  return random.uniform() < 0.5 ? -1 : 1;
}
