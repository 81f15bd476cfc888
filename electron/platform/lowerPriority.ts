import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets other programs go first, with every thread of this process. Linux keeps a priority for each thread: that of the
 * process is its main thread's alone, and those which collect garbage and read files were there before it.
 * Not the lowest, which gives a training nothing at all beside another busy program.
 */
export function lowerPriority(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
  for (const thread of threads) {
    try {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch (thrown) {
      if (!hasEnded(thrown)) throw thrown;
    }
  }
}

/** Whether the thread was gone before its turn came. */
function hasEnded(thrown: unknown): boolean {
  return (thrown as { info?: { code?: string } }).info?.code === 'ESRCH';
}
