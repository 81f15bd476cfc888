import type { Block } from './twoStreams.ts';

/** A part of either arm as it comes, or several at once, in the order in which their truth becomes known. */
export interface ArmParts {
  readonly arm: 'current' | 'candidate';
  readonly count: number;
  readonly of: number;
}

/** Parts that wait for their block to fill. */
export type Pending = Block;

const none = { count: 0, of: 0 };
export const nothingPending: Pending = { current: none, candidate: none };

/**
 * Gathers parts into blocks: a block is closed as soon as both arms hold at least `atLeast` parts, which their outcomes
 * have no say in.
 * @param atLeast parts of either arm, 1 or more; all of one arm and block must be seen with the same sampling share,
 *   which the caller adds to the block
 */
export function gather(
  pending: Pending,
  { arm, count, of }: ArmParts,
  atLeast: number,
): { pending: Pending; block: Block | null } {
  const filled = {
    ...pending,
    [arm]: { ...pending[arm], count: pending[arm].count + count, of: pending[arm].of + of },
  };
  const isFull = filled.current.of >= atLeast && filled.candidate.of >= atLeast;
  return isFull ? { pending: nothingPending, block: filled } : { pending: filled, block: null };
}
