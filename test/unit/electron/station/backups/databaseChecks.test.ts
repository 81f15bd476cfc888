import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Jobs } from '../../../../../electron/learning/jobs.ts';
import { DatabaseChecks } from '../../../../../electron/station/backups/databaseChecks.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { lastCheck } from '../../../../../electron/store/lastCheck.ts';
import type { WritableDb } from '../../../../../electron/store/db.ts';
import { isSuspect } from '../../../../../electron/store/suspect.ts';
import { pageBytes, scribble } from '../../../../store/support/damage.ts';
import {
  addLine,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  testClock,
} from '../../../../store/support/station.ts';

const dayMs = 86_400_000;
let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let checks: DatabaseChecks;
const clock = testClock();
const onDamage = vi.fn();

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  const line = addLine(db, 'disc');
  recordInspections(
    db,
    Array.from({ length: 200 }, (_, number) => newPart(line, number)),
  );
  db.pragma('wal_checkpoint(TRUNCATE)');
  clock.nowIs(startMs);
  onDamage.mockClear();
  checks = new DatabaseChecks({
    ...{ db, clock, onDamage, jobs: {} as Jobs },
    onBug: (thrown) => expect.unreachable(String(thrown)),
  });
});
afterEach(async () => {
  await checks.stop();
  db.close();
  folder.remove();
});

it('reads the database through once a day, also by a clock that was set back', async () => {
  await checks.look();
  expect(lastCheck(db)).toEqual({ timeMs: startMs, isSound: true, isWhole: false });
  for (const [nowMs, isDue] of [
    [startMs + dayMs - 1, false],
    [startMs + dayMs, true],
    [startMs - dayMs, true],
  ] as const) {
    clock.nowIs(nowMs);
    const before = lastCheck(db)?.timeMs;
    await checks.look();
    expect(lastCheck(db)?.timeMs).toBe(isDue ? nowMs : before);
  }
  expect(onDamage).not.toHaveBeenCalled();
});

it('tells of a damaged page and marks the file, so that the next start restores a copy', async () => {
  const { database } = folder.paths;
  const pages = statSync(database).size / pageBytes;
  for (let page = 2; page < pages; page++) scribble(database, page * pageBytes, pageBytes);
  await checks.look().catch(() => undefined);
  expect(onDamage).toHaveBeenCalledOnce();
  expect(isSuspect(database)).toBe(true);
});
