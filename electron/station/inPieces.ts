import { setImmediate } from 'node:timers/promises';

/** So many at a time: some milliseconds of the record's time, which no part on the line notices. */
const together = 25;

/** Does something to many things, a few at a time; between, the line has its turn. Nothing undoes what `work` did before it threw. */
export async function inPieces<Thing>(
  things: readonly Thing[],
  work: (some: readonly Thing[]) => void,
): Promise<void> {
  for (let at = 0; at < things.length; at += together) {
    if (at > 0) await setImmediate();
    work(things.slice(at, at + together));
  }
}
