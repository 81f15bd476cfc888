import { guardCounts, phaseCounts } from '../../../electron/rollout/counts.ts';
import { connectWritable } from '../../../electron/store/connect.ts';
import { countOpenDisagreements, openDisagreements } from '../../../electron/store/openDisagreements.ts';
import { pairedBlocks } from '../../../electron/store/rolloutCounts.ts';
import { openRollouts } from '../../../electron/store/rollouts.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../store.ts';
import { lastPartMs, rolloutParts } from '../support/rolloutParts.ts';

const parts = 1_000_000;

/** What a verification asks of the store when a million parts of it are on record. */
export async function benchRecord(root: string): Promise<Figure[]> {
  const { database } = await rolloutParts(root, parts);
  const db = connectWritable(database);
  try {
    const rollout = openRollouts(db)[0]!;
    const nowMs = lastPartMs(parts);
    const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const place = openDisagreements(db, {}, everything, null, 5000).at(-1)!;
    const ask = (name: string, ...work: (() => unknown)[]) =>
      measured(`${name}, a million parts`, () => work);
    const { name, value, unit, note } = ask('counts over time, of the report', () =>
      pairedBlocks(db, rollout.id, 60),
    );
    return [
      ask(
        'parts that only the candidate rejects: a page',
        () => openDisagreements(db, {}, everything, null, 50),
        () => openDisagreements(db, {}, everything, place, 50),
      ),
      ask('parts that only the candidate rejects: how many', () =>
        countOpenDisagreements(db, {}, everything),
      ),
      ask('counts that the guards look at', () => guardCounts(db, rollout, nowMs)),
      ask('counts that the page looks at', () => phaseCounts(db, rollout, nowMs)),
      // Once a report: no page waits for it.
      { name, value, unit, ...(note ? { note } : {}) },
    ];
  } finally {
    db.close();
  }
}
