import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { seededRandom } from '../../native-models/random.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { LogFlush } from '../../electron/store/logFlush.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { isConsistent } from '../../electron/store/sound.ts';
import { countersSince, countHistory } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, temporaryPaths } from '../store/support/station.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { sizes, tell } from './support/sizes.ts';
import { leave, StoreCuts, type DatabaseFiles } from './support/storeCuts.ts';

it('power cut at every flush while recording: the database opens as it was after some commit', async () => {
  const random = seededRandom(sizes.seed);
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  // What the watched disk stands for.
  expect(db.pragma('synchronous', { simple: true })).toBe(1);
  const line = addLine(db, 'disc');
  db.pragma('wal_checkpoint(TRUNCATE)');
  const disk = new StoreCuts(paths.database, random);
  const log = new LogFlush(paths.database, { onFailure: (thrown) => expect.unreachable(String(thrown)) });
  const image = await temporaryFolder();
  let [parts, survived, lost, flushes] = [0, 0, 0, 0];
  let committed = [parts];
  while (survived < sizes.cuts) {
    const batch = Array.from({ length: 1 + random.integer(9) }, (_, i) => newPart(line, parts + i));
    recordInspections(db, batch);
    parts += batch.length;
    committed.push(parts);
    const isChecked = random.integer(6) === 0;
    const cuts = disk.step();
    if (isChecked) db.pragma('wal_checkpoint(PASSIVE)');
    if (isChecked) cuts.push(...disk.step());
    for (const { files, isWhole } of cuts) {
      const found = await partsLeft(files, join(image, String(survived)));
      if (isWhole) expect(found).toBe(parts);
      else expect(committed).toContain(found);
      lost = Math.max(lost, parts - found);
      survived++;
    }
    if (random.integer(20) === 0) {
      await log.flush();
      disk.logFlushed();
      flushes++;
    }
    if (disk.isSafe) committed = [parts];
  }
  await log.stop();
  db.close();
  remove();
  tell(
    `${survived} power cuts while recording ${parts} parts, each time whole commits only, at most the last ${lost} parts, with ${flushes} flushes of the log between`,
  );
});

/** Opens what a power cut left, checks all of it, and counts. */
async function partsLeft(files: DatabaseFiles, root: string): Promise<number> {
  leave(files, root);
  const { db, notices } = await openForTest(dataPaths(root));
  expect(notices).toEqual([]);
  expect(isConsistent(db)).toBe(true);
  const found = countHistory(db, everything);
  expect(countersSince(db, 0).parts).toBe(found);
  db.close();
  rmSync(root, { recursive: true });
  return found;
}
