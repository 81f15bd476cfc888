import type { Random } from '../../random.ts';

export const normNames = ['linf', 'l2'] as const;
export type NormName = (typeof normNames)[number];

/**
 * A ball around an image. Every function takes one image, float32 [C·H·W] with values in [0, 1], and changes its
 * first argument in place.
 */
export interface Norm {
  readonly name: NormName;
  /** Turns a gradient into the direction of unit size that raises the loss fastest; zeros stay zeros. */
  toDirection(gradient: Float32Array): void;
  /** Brings an image to the nearest point of the ball of radius `epsilon` around `clean`, then into [0, 1]. */
  project(image: Float32Array, clean: Float32Array, epsilon: number): void;
  /** Moves an image, the clean one, to a random point of the ball. */
  start(image: Float32Array, epsilon: number, random: Random): void;
  distance(image: Float32Array, clean: Float32Array): number;
  /** Size of a gradient as this ball sees it: the dual norm. */
  dualSize(gradient: Float32Array): number;
  /**
   * Smallest step d with w·(x + d) = b and x + d in [0, 1], written over `step`; where the box does not reach the
   * plane, as near as it gets (Croce & Hein, arXiv 1907.02044, section 2.2 and appendix).
   * @param gap b − w·x
   */
  toPlane(step: Float32Array, x: Float32Array, w: Float32Array, gap: number): void;
}

/** Room that a value has in the direction of a step before it leaves [0, 1]. */
export const roomOf = (value: number, direction: number): number => (direction > 0 ? 1 - value : value);
