import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ErrorInfo } from '../../../../../electron/contract/errors.ts';
import { planOf } from '../../../../../electron/contract/rollout.ts';
import type { ShiftSchedule } from '../../../../../electron/contract/shiftReports.ts';
import { lineRates } from '../../../../../electron/engine/calls/lineRates.ts';
import { recordMove } from '../../../../../electron/rollout/moves.ts';
import { dueTimes } from '../../../../../electron/station/shiftReports/dueTimes.ts';
import { ShiftReports } from '../../../../../electron/station/shiftReports/shiftReports.ts';
import type { WritableDb } from '../../../../../electron/store/db.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { addModel } from '../../../../../electron/store/models.ts';
import { addRollout } from '../../../../../electron/store/rollouts.ts';
import { readSettings } from '../../../../../electron/store/settings.ts';
import {
  addLine,
  newModel,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  testClock,
} from '../../../../store/support/station.ts';
import { fakeEngine } from '../../../../support/fakeEngine.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';

const hourMs = 3_600_000;
/** Noon of the first day, by this computer. */
const noonMs = new Date(startMs).setHours(12, 0, 0, 0);
const paths = temporaryPaths();
const clock = testClock(noonMs);
let db: WritableDb;
let folder: string;
let failures: ErrorInfo[];

beforeEach(async () => {
  clock.nowIs(noonMs);
  ({ db } = await openForTest(paths.paths));
  folder = join(await temporaryFolder(), 'reports');
  await mkdir(folder);
  failures = [];
});
afterEach(() => {
  db.close();
  paths.remove();
});

function reports(given: Partial<ShiftSchedule> = {}): ShiftReports {
  const engine = fakeEngine();
  engine.handle('lineRates', (job) => lineRates(job as Parameters<typeof lineRates>[0]));
  const schedule: ShiftSchedule = { folder, formats: ['html', 'csv'], rollouts: true, ...given };
  const shiftStarts = ['08:00', '20:00'];
  const made = new ShiftReports({
    ...{ db, clock, engine, version: '1' },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    printPdf: async (page) => new TextEncoder().encode(`%PDF ${page}`),
    rolloutFile: async (id, format, language) => `rollout ${id} ${format} ${language}`,
    settings: () => ({ ...readSettings(db), language: 'en', shiftReports: schedule, shiftStarts }),
    onFailure: (error) => failures.push(error),
  });
  onTestFinished(() => made.stop());
  return made;
}

const files = async () => (await readdir(folder)).toSorted();
const stamp = (day: number, time: string) => {
  const date = new Date(noonMs + day * 24 * hourMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `kenro-shift-${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}-${time}`;
};

test('the shift that is over is written once, with its parts', async () => {
  const line = addLine(db, 'disc');
  recordInspections(
    db,
    Array.from({ length: 20 }, (_, i) =>
      newPart(line, i, {
        timeMs: noonMs - 6 * hourMs + i * 1000,
        verdict: i < 2 ? 'NG' : 'OK',
        label: i < 2 ? 'dent' : null,
      }),
    ),
  );
  const written = reports({ formats: ['pdf', 'html', 'csv'] });
  await written.look();
  await written.look();
  expect(await files()).toEqual(['csv', 'html', 'pdf'].map((format) => `${stamp(0, '0800')}.${format}`));
  const page = await readFile(join(folder, `${stamp(0, '0800')}.html`), 'utf8');
  expect(page).toContain('dent');
  expect(page).toContain('provisional: 2 rejects are not confirmed');
  expect(page).not.toMatch(/NaN|undefined/);
  expect(await readFile(join(folder, `${stamp(0, '0800')}.csv`), 'utf8')).toMatch(/,disc,20,18,2,0,0,2,/);
  expect(failures).toEqual([]);
  expect(written.status()).toMatchObject({ error: null, nextMs: noonMs + 8 * hourMs });
});

test('what was due while Kenro was not running is made up for', async () => {
  await reports().look();
  clock.nowIs(noonMs + 24 * hourMs);
  await reports().look();
  expect(await files()).toEqual(
    [stamp(0, '0800'), stamp(0, '2000'), stamp(1, '0800')].flatMap((name) => [`${name}.csv`, `${name}.html`]),
  );
});

test('a folder that is gone is said, not made anew, and tried again', async () => {
  const written = reports();
  await rename(folder, `${folder}-away`);
  await written.look();
  expect(failures).toMatchObject([{ kind: 'reportNotWritten', params: { path: folder } }]);
  expect(written.status()).toMatchObject({ writtenMs: null, error: { kind: 'reportNotWritten' } });
  await expect(readdir(folder)).rejects.toThrow(/ENOENT/);
  await rename(`${folder}-away`, folder);
  await written.look();
  expect((await files()).length).toBe(2);
  expect(written.status().error).toBeNull();
});

test('nothing is written without a folder, and asking for it says so', async () => {
  const idle = reports({ folder: null });
  await idle.look();
  expect(idle.status()).toMatchObject({ writtenMs: null, nextMs: null });
  await expect(idle.writeLast()).rejects.toMatchObject({ kind: 'reportFolderMissing' });
});

test('due times are those of the clock on the wall, each once', () => {
  const day = 24 * hourMs;
  const found = dueTimes(noonMs - day, noonMs + day, ['08:00', '20:00', '20:00']);
  expect(found).toHaveLength(4);
  expect(found.map((ms) => new Date(ms).getHours())).toEqual([20, 8, 20, 8]);
  expect(dueTimes(found[0]!, found[1]!, ['08:00', '20:00'])).toEqual([found[1]]);
});

describe('rollouts', () => {
  /** Begun two days ago; of one that is over, when it ended. */
  function addOne(name: string, endedMs: number | null): number {
    const { productId, sourceId, modelId } = addLine(db, name);
    const candidate = addModel(db, newModel(productId, `${name} new`), startMs);
    const plan = { ...planOf.demo, sourceIds: [sourceId] };
    const models = { currentModelId: modelId, candidateModelId: candidate.id };
    const beganMs = noonMs - 48 * hourMs;
    const drafted = addRollout(db, { productId, ...models, salt: 'a5', plan }, beganMs);
    const by = { actor: 'Kei', reason: '' };
    const begun = recordMove(db, drafted, { state: 'verification', step: 0 }, by, beganMs);
    if (endedMs !== null) recordMove(db, begun, { state: 'rolledBack', step: 0 }, by, endedMs);
    return begun.id;
  }
  const rolloutFiles = async () => (await files()).filter((file) => file.includes('rollout'));
  const named = (id: number, day: number, time: string) => stamp(day, time).replace('shift', `rollout-${id}`);

  test('under way are reported with each shift, one that is over once', async () => {
    const going = addOne('disc', null);
    const over = addOne('tile', noonMs - 10 * hourMs);
    addOne('label', noonMs - 30 * hourMs);
    const written = reports({ formats: ['csv'] });
    await written.look();
    expect(await rolloutFiles()).toEqual([`${named(going, 0, '0800')}.csv`, `${named(over, 0, '0800')}.csv`]);
    expect(written.status().files).toHaveLength(3);
    expect(await readFile(join(folder, `${named(over, 0, '0800')}.csv`), 'utf8')).toBe(
      `rollout ${over} csv en`,
    );
    clock.nowIs(noonMs + 9 * hourMs);
    await written.look();
    expect(await rolloutFiles()).toEqual([
      `${named(going, 0, '0800')}.csv`,
      `${named(going, 0, '2000')}.csv`,
      `${named(over, 0, '0800')}.csv`,
    ]);
  });

  test('that ended before Kenro was off for days are reported when it is back, once', async () => {
    await reports({ formats: ['csv'] }).look();
    const over = addOne('tile', noonMs + hourMs);
    clock.nowIs(noonMs + 72 * hourMs);
    await reports({ formats: ['csv'] }).look();
    expect(await rolloutFiles()).toEqual([`${named(over, 3, '0800')}.csv`]);
  });

  test('are left out where they are not wanted', async () => {
    addOne('disc', null);
    await reports({ rollouts: false }).look();
    expect(await rolloutFiles()).toEqual([]);
  });
});
