import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Retention } from '../../../../../electron/contract/backups.ts';
import { keptPath } from '../../../../../electron/engine/keptPictures.ts';
import type { WritableDb } from '../../../../../electron/store/db.ts';
import { giveFeedback } from '../../../../../electron/store/feedback.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { PictureRetention } from '../../../../../electron/station/backups/pictureRetention.ts';
import {
  addLine,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  testClock,
  type Line,
} from '../../../../store/support/station.ts';

const dayMs = 86_400_000;
let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let line: Line;
const clock = testClock();
const onExceeding = vi.fn();
let policy: Retention;
let retention: PictureRetention;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
  onExceeding.mockClear();
  policy = { okDays: null, mostGb: null };
  retention = new PictureRetention({
    ...{ db, clock, onExceeding, paths: folder.paths, retention: () => policy },
    onBug: (thrown) => expect.unreachable(String(thrown)),
  });
});
afterEach(async () => {
  await retention.stop();
  db.close();
  folder.remove();
});

const bytes = 100_000;
const hashOf = (content: number) => content.toString(16).padStart(64, '0');
const pictureOf = (content: number) => keptPath(folder.paths.images, hashOf(content), 'png');

/** A part with a kept picture; the same content is the same picture. */
function part(number: number, ageDays: number, verdict: 'OK' | 'NG' | 'REVIEW', content = number): number {
  mkdirSync(dirname(pictureOf(content)), { recursive: true });
  writeFileSync(pictureOf(content), Buffer.alloc(bytes));
  const timeMs = startMs - ageDays * dayMs;
  const kept = { imageKept: true, imageHash: hashOf(content), timeMs, verdict };
  return recordInspections(db, [newPart(line, number, kept)])[0]!.inspection.id;
}
const left = (...contents: number[]) => contents.filter((content) => existsSync(pictureOf(content)));

it('deletes pictures of OK parts by age, and none that NG, REVIEW, judged or younger parts need', async () => {
  part(1, 40, 'OK');
  part(2, 40, 'NG');
  part(3, 40, 'REVIEW');
  giveFeedback(db, { inspectionId: part(4, 40, 'OK'), word: 'ng', reason: '' }, startMs);
  part(5, 40, 'OK', 2);
  part(6, 10, 'OK');
  policy = { okDays: 30, mostGb: null };
  await retention.look();
  expect(left(1, 2, 3, 4, 6)).toEqual([2, 3, 4, 6]);
  const kept = db.prepare('SELECT image_kept FROM inspections ORDER BY id').pluck().all();
  expect(kept).toEqual([0, 1, 1, 1, 0, 1]);
  const [entry] = db.prepare(`SELECT actor, detail FROM audit WHERE action = 'retention.delete'`).all();
  expect(entry).toMatchObject({ actor: 'station', detail: JSON.stringify({ pictures: 1, why: 'age' }) });
});

it('deletes the oldest by size, and says what it may not delete', async () => {
  for (let number = 1; number <= 6; number++) part(number, 40 - number, number === 2 ? 'NG' : 'OK');
  policy = { okDays: null, mostGb: (4 * bytes) / 1e9 };
  await retention.look();
  expect(left(1, 2, 3, 4, 5, 6)).toEqual([2, 4, 5, 6]);
  expect(onExceeding).not.toHaveBeenCalled();
  for (let number = 7; number <= 12; number++) part(number, 0, 'NG');
  await retention.look();
  expect(left(2, 4, 5, 6, 7, 12)).toEqual([2, 7, 12]);
  expect(onExceeding).toHaveBeenCalledWith(expect.objectContaining({ kind: 'picturesExceed' }));
});

it('foresees when the disk is full from what came in lately, and nothing before a day is on record', async () => {
  part(1, 0.5, 'OK');
  expect(await retention.forecast()).toMatchObject({ pictures: 1, pictureBytes: bytes, daysLeft: null });
  for (let number = 2; number <= 21; number++) part(number, 2, 'OK');
  const forecast = await retention.forecast();
  expect(forecast.partsADay).toBeCloseTo(10.5, 5);
  expect(forecast.bytesADay).toBeGreaterThan(10.5 * bytes);
});
