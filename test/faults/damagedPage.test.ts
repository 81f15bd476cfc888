import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { backUp } from '../../electron/store/backup.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { isConsistent } from '../../electron/store/sound.ts';
import { countersSince, countHistory } from '../../electron/store/tallies.ts';
import { seededRandom } from '../../native-models/random.ts';
import { pageBytes, scribble } from '../store/support/damage.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths } from '../store/support/station.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { sizes, tell } from './support/sizes.ts';

const backedUp = 300;
const parts = 400;

it('any page overwritten: found, the newest good backup restored and the loss stated; or nobody needed it', async () => {
  const random = seededRandom(sizes.seed);
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  const batch = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => newPart(line, from + index));
  const lastMs = recordInspections(db, batch(0, backedUp)).at(-1)?.inspection.timeMs;
  const backup = await backUp(db, paths, startMs, 'routine');
  recordInspections(db, batch(backedUp, parts));
  db.close();

  const folder = await temporaryFolder();
  const pages = statSync(paths.database).size / pageBytes;
  let found = 0;
  for (let trial = 0; trial < sizes.cuts; trial++) {
    const copy = dataPaths(join(folder, String(trial)));
    cpSync(paths.root, copy.root, { recursive: true });
    scribble(copy.database, random.integer(pages) * pageBytes, pageBytes);
    const again = await openForTest(copy);
    const [notice] = again.notices;
    const left = countHistory(again.db, everything);
    expect(countersSince(again.db, 0).parts).toBe(left);
    expect(isConsistent(again.db)).toBe(true);
    again.db.close();
    if (notice === undefined) expect(left).toBe(parts);
    else {
      const restored = join(copy.backups, backup.path.slice(paths.backups.length));
      expect(notice).toMatchObject({ kind: 'databaseCorrupt', params: { restored, lastPartMs: lastMs } });
      expect(left).toBe(backedUp);
      found++;
    }
    rmSync(copy.root, { recursive: true });
  }
  remove();
  expect(found).toBeGreaterThan(sizes.cuts / 2);
  tell(`${sizes.cuts} pages overwritten, ${found} of them found and the newest good backup restored`);
});
