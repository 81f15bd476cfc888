import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listBackups } from '../../electron/store/backup.ts';
import { backUpRegularly } from '../../electron/store/backupSchedule.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, testClock } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  const line = addLine(db, 'disc');
  recordInspections(
    db,
    Array.from({ length: 3000 }, (_, i) => newPart(line, i)),
  );
});
afterEach(() => {
  db.close();
  folder.remove();
});

const copies = () => listBackups(folder.paths).map(({ timeMs }) => timeMs - startMs);
const inTime = { timeout: 20_000 };

it('makes a copy when one is due, and not before', async () => {
  const clock = testClock();
  const onFailure = vi.fn();
  const stop = backUpRegularly(db, folder.paths, { clock, everyMs: 1000, lookMs: 5, onFailure });
  await vi.waitFor(() => expect(copies()).toEqual([0]), inTime);
  clock.nowIs(startMs + 999);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(copies()).toEqual([0]);
  clock.nowIs(startMs + 1000);
  await vi.waitFor(() => expect(copies()).toEqual([1000, 0]), inTime);
  await stop();
  expect(onFailure).not.toHaveBeenCalled();
});

it('gives up a copy under way when it is stopped, and leaves nothing of it', async () => {
  const onFailure = vi.fn();
  const stop = backUpRegularly(db, folder.paths, { clock: testClock(), lookMs: 1, onFailure });
  await vi.waitFor(() => expect(readdirSync(folder.paths.backups)).toHaveLength(1), {
    ...inTime,
    interval: 1,
  });
  await stop();
  expect(readdirSync(folder.paths.backups)).toEqual([]);
  expect(onFailure).not.toHaveBeenCalled();
});

it('tells why a copy cannot be made, and tries again', async () => {
  rmSync(folder.paths.backups, { recursive: true });
  writeFileSync(folder.paths.backups, 'in the way');
  const onFailure = vi.fn();
  const stop = backUpRegularly(db, folder.paths, { clock: testClock(), lookMs: 5, onFailure });
  await vi.waitFor(() => expect(onFailure.mock.calls.length).toBeGreaterThan(1), inTime);
  rmSync(folder.paths.backups);
  await vi.waitFor(() => expect(copies()).toEqual([0]), inTime);
  await stop();
});
