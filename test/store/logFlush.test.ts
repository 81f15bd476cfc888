import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WritableDb } from '../../electron/store/db.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { LogFlush } from '../../electron/store/logFlush.ts';
import { addLine, newPart, openForTest, temporaryPaths } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
});
afterEach(() => {
  db.close();
  folder.remove();
});

const told = vi.fn();
afterEach(() => told.mockReset());

/** A file whose flushes end when they are let. */
function slowFile() {
  const waiting: (() => void)[] = [];
  const datasync = vi.fn(() => new Promise<void>((resolve) => waiting.push(resolve)));
  const close = vi.fn(async () => undefined);
  return { waiting, datasync, close, open: vi.fn(async () => ({ datasync, close })) };
}

it('flushes the log by itself, again and again, while parts are recorded', async () => {
  const datasync = vi.fn(async () => undefined);
  const open = vi.fn(async () => ({ datasync, close: async () => undefined }));
  const log = new LogFlush(folder.paths.database, { onFailure: told, everyMs: 5, open });
  const line = addLine(db, 'disc');
  recordInspections(db, [newPart(line, 0)]);
  await expect.poll(() => datasync.mock.calls.length).toBeGreaterThan(2);
  await log.stop();
  expect(open).toHaveBeenCalledWith(`${folder.paths.database}-wal`, 'r+');
  const calls = datasync.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(datasync).toHaveBeenCalledTimes(calls);
  expect(told).not.toHaveBeenCalled();
});

it('flushes once more for what was committed during a flush, and only once for all who ask', async () => {
  const { waiting, datasync, open, close } = slowFile();
  const log = new LogFlush(folder.paths.database, { onFailure: told, everyMs: 1e6, open });
  const first = log.flush();
  await expect.poll(() => waiting.length).toBe(1);
  const others = [log.flush(), log.flush()];
  waiting.shift()!();
  await first;
  await expect.poll(() => waiting.length).toBe(1);
  waiting.shift()!();
  await Promise.all(others);
  expect([datasync, close].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  await log.stop();
});

it('tells the first failure in a row, and nothing where there is no log', async () => {
  const open = vi.fn();
  const log = new LogFlush(folder.paths.database, { onFailure: told, everyMs: 1e6, open });
  const failure = Object.assign(new Error('EIO'), { code: 'EIO' });
  open.mockRejectedValue(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }));
  await log.flush();
  expect(told).not.toHaveBeenCalled();
  open.mockRejectedValue(failure);
  await log.flush();
  await log.flush();
  expect(told.mock.calls).toEqual([[failure]]);
  open.mockResolvedValue({ datasync: async () => undefined, close: async () => undefined });
  await log.flush();
  open.mockRejectedValue(failure);
  await log.flush();
  expect(told).toHaveBeenCalledTimes(2);
  await log.stop();
});
