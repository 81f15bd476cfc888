import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everything } from '../../../../../electron/contract/history.ts';
import type { DownstreamMapping } from '../../../../../electron/contract/review.ts';
import { lineRates } from '../../../../../electron/engine/calls/lineRates.ts';
import { dataPaths } from '../../../../../electron/platform/paths.ts';
import { addShare } from '../../../../../electron/store/auditShares.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { addLine, newPart, openForTest, startMs, type Line } from '../../../../store/support/station.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';
import { testStation, type TestStation } from '../../../../support/testStation.ts';

/** Sixty parts: every sixth NG, every sixth review; every OK part drawn, with serials S0, S1, … */
async function filled(): Promise<{ on: TestStation; line: Line; folder: string }> {
  const folder = await temporaryFolder();
  const dataDir = join(folder, 'data');
  await mkdir(dataDir);
  const { db } = await openForTest(dataPaths(dataDir));
  const line = addLine(db, 'disc');
  const share = addShare(db, {
    ...{ productId: line.productId, fromMs: startMs },
    perTenThousand: 10_000,
    salt: 's',
  });
  recordInspections(
    db,
    Array.from({ length: 60 }, (_, i) => {
      const verdict = i % 6 === 0 ? 'NG' : i % 6 === 1 ? 'REVIEW' : 'OK';
      const part = newPart(line, i, { verdict, serial: `S${i}`, lot: 'L', imageKept: i % 2 === 0 });
      return { ...part, auditShareId: share.id };
    }),
  );
  db.exec('UPDATE sources SET paused = 1');
  db.close();
  const on = await testStation({
    dataDir,
    prepare: ({ inspect }) =>
      inspect.handle('lineRates', (job) => lineRates(job as Parameters<typeof lineRates>[0])),
  });
  return { on, line, folder };
}

/** Of the line's own product: a new station brings a demo line of its own. */
const anything = { productId: 1, fromMs: null };
const rates = (on: TestStation) =>
  on.call('review.rates', { productId: 1, sourceId: null, modelId: null, fromMs: 0, toMs: startMs * 2 });

describe('the queue', () => {
  test('holds rejects, reviews and the audit sample, newest first, each with its reason', async () => {
    const { on } = await filled();
    expect(await on.call('review.left', anything)).toEqual({
      ...{ reject: 10, review: 10 },
      ...{ audit: 40, disagreement: 0 },
    });
    const seen: number[] = [];
    for (let before: number | null = null, older = true; older;) {
      const page = await on.call('review.queue', { ...anything, reason: null, before, limit: 7 });
      for (const { inspection, reason } of page.rows) {
        expect(reason).toBe({ NG: 'reject', REVIEW: 'review', OK: 'audit' }[inspection.verdict]);
        seen.push(inspection.id);
      }
      older = page.older;
      before = seen.at(-1)!;
    }
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(new Set(seen).size).toBe(60);
    const rejects = await on.call('review.queue', { ...anything, reason: 'reject', before: null, limit: 50 });
    expect(rejects.rows.length).toBe(10);
  });

  test('has what was put off at its end, in that order and over any pages, until it has a word', async () => {
    const { on } = await filled();
    const ids = async (limit: number, reason: 'audit' | null = null) => {
      const seen: number[] = [];
      for (let before: number | null = null, older = true; older;) {
        const page = await on.call('review.queue', { ...anything, reason, before, limit });
        seen.push(...page.rows.map(({ inspection }) => inspection.id));
        older = page.older;
        before = seen.at(-1)!;
      }
      return seen;
    };
    const all = await ids(50);
    const off = [all[3]!, all[0]!, all[20]!];
    for (const id of off) await on.call('review.putOff', { id });
    const expected = [...all.filter((id) => !off.includes(id)), ...off];
    for (const limit of [7, 19, 50]) expect(await ids(limit)).toEqual(expected);
    // Once more: it goes behind the others.
    await on.call('review.putOff', { id: off[0]! });
    expect((await ids(50)).slice(-3)).toEqual([off[1], off[2], off[0]]);
    const audit = await ids(9, 'audit');
    expect(new Set(audit).size).toBe(40);
    expect(await on.call('review.left', anything)).toMatchObject({ reject: 10, review: 10, audit: 40 });
    await on.call('feedback.give', { inspectionId: off[1]!, word: 'ok', reason: '' });
    expect((await ids(50)).slice(-2)).toEqual([off[2], off[0]]);
    await expect(on.call('review.putOff', { id: 9999 })).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('loses a part that gets a word, and has it again when the word is taken back', async () => {
    const { on } = await filled();
    const { rows } = await on.call('review.queue', { ...anything, reason: 'audit', before: null, limit: 1 });
    const inspectionId = rows[0]!.inspection.id;
    await on.call('feedback.give', { inspectionId, word: 'ng', reason: '' });
    expect(await on.call('review.left', anything)).toMatchObject({ audit: 39 });
    await on.call('feedback.withdraw', { inspectionId });
    expect(await on.call('review.left', anything)).toMatchObject({ audit: 40 });
  });
});

describe('one word for many parts', () => {
  test('is recorded with its reason, counted, audited and taken back as one', async () => {
    const { on } = await filled();
    const filter = { ...everything, verdicts: ['NG' as const] };
    const request = {
      parts: { by: 'filter' as const, filter, count: 10 },
      word: 'ok' as const,
      reason: 'dust',
    };
    const first = await on.call('history.page', { filter, before: null, after: null, limit: 1 });
    await on.call('feedback.give', { inspectionId: first.rows[0]!.id, word: 'ng', reason: 'crack' });
    const batch = await on.call('review.sayMany', request);
    expect(batch).toMatchObject({ kind: 'bulk', title: 'dust', parts: 10, undoneMs: null });
    expect(await rates(on)).toMatchObject({
      falseAlarms: { isProvisional: false, share: { value: 10 / 60 } },
    });
    expect(
      on
        .told('words.changed')
        .at(-1)
        ?.recent.filter(({ human }) => human === 'ok').length,
    ).toBe(10);

    const taken = await on.call('review.takeBack', { id: batch.id });
    expect(taken.kept).toBe(0);
    const part = await on.call('history.part', { id: first.rows[0]!.id });
    expect(part.inspection.human).toBe('ng');
    expect(part.feedback.at(-1)).toMatchObject({ word: 'ng', reason: 'crack', withdrawnMs: null });
    expect(await on.call('review.left', anything)).toMatchObject({ reject: 9 });
    await expect(on.call('review.takeBack', { id: batch.id })).rejects.toMatchObject({
      kind: 'batchTakenBack',
    });
    const { entries } = await on.call('audit.page', { before: null, limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['review.sayMany', 'review.takeBack']),
    );
  });

  test('that is interrupted stands in the list with what it has given, and can be taken back', async () => {
    const { on } = await filled();
    const ids = [...Array.from({ length: 30 }, (_, i) => i + 1), 9999];
    const asked = { parts: { by: 'ids' as const, ids }, word: 'ok' as const, reason: 'dust' };
    await expect(on.call('review.sayMany', asked)).rejects.toMatchObject({ kind: 'notFound' });
    const [batch] = (await on.call('review.batches', {})).batches;
    expect(batch).toMatchObject({ parts: 25, undoneMs: null });
    const { entries } = await on.call('audit.page', { before: null, limit: 1 });
    expect(entries[0]).toMatchObject({ action: 'review.sayMany', detail: { id: batch!.id, parts: 31 } });
    expect((await on.call('review.takeBack', { id: batch!.id })).kept).toBe(0);
    expect((await on.call('history.part', { id: 1 })).inspection.human).toBeNull();
  });

  test('leaves alone what somebody has said since, when it is taken back', async () => {
    const { on } = await filled();
    const batch = await on.call('review.sayMany', {
      ...{ parts: { by: 'ids', ids: [1, 7] }, word: 'ok', reason: 'light' },
    });
    await on.call('feedback.give', { inspectionId: 7, word: 'ng', reason: '' });
    expect((await on.call('review.takeBack', { id: batch.id })).kept).toBe(1);
    expect((await on.call('history.part', { id: 7 })).inspection.human).toBe('ng');
    expect((await on.call('history.part', { id: 1 })).inspection.human).toBeNull();
  });

  test('is refused where the filter finds other parts than were shown', async () => {
    const { on } = await filled();
    const parts = { by: 'filter' as const, filter: everything, count: 59 };
    await expect(on.call('review.sayMany', { parts, word: 'ok', reason: 'x' })).rejects.toMatchObject({
      kind: 'selectionChanged',
      params: { parts: 60 },
    });
    expect((await on.call('review.batches', {})).batches).toEqual([]);
  });
});

test('escapes are estimated from the audit sample alone, and known ones are the least', async () => {
  const { on } = await filled();
  expect((await rates(on)).escapes).toMatchObject({ share: null, passed: 40 });
  const { rows } = await on.call('review.queue', { ...anything, reason: 'audit', before: null, limit: 20 });
  for (const [i, { inspection }] of rows.entries()) {
    await on.call('feedback.give', { inspectionId: inspection.id, word: i === 0 ? 'ng' : 'ok', reason: '' });
  }
  const { escapes } = await rates(on);
  expect(escapes).toMatchObject({ judged: 20, escapes: 1, known: 1, covered: 40, share: { value: 1 / 20 } });
  expect(escapes.share!.interval[1]).toBeGreaterThan(0.15);
});

test('the share of OK parts that is drawn is set per product, from now on', async () => {
  const { on, line } = await filled();
  const { productId } = line;
  expect(await on.call('review.sampling', { productId })).toMatchObject({ perTenThousand: 10_000 });
  const set = await on.call('review.setSampling', { productId, perTenThousand: 250 });
  expect(set.sinceMs).toBeGreaterThan(startMs);
  expect(await on.call('review.sampling', { productId })).toEqual(set);
});

test('limit samples are pictures that were kept, one a part', async () => {
  const { on, line } = await filled();
  const given = { inspectionId: 1, word: 'ng' as const, label: 'scratch', note: 'longer than 2 mm' };
  await on.call('review.addLimit', given);
  await on.call('review.addLimit', { ...given, word: 'ok', label: null });
  const { samples } = await on.call('review.limits', { productId: line.productId });
  expect(samples).toMatchObject([{ word: 'ok', label: null, note: 'longer than 2 mm' }]);
  await expect(on.call('review.addLimit', { ...given, inspectionId: 2 })).rejects.toMatchObject({
    kind: 'pictureNotKept',
  });
  await on.call('review.removeLimit', { id: samples[0]!.id });
  expect((await on.call('review.limits', { productId: line.productId })).samples).toEqual([]);
});

describe('results from further down the line', () => {
  /** Shift_JIS: シリアル番号,判定 and 良品 / 不良. */
  const shiftJis = (rows: readonly (readonly [string, 'good' | 'bad'])[]) => {
    const word = { good: [0x97, 0xc7, 0x95, 0x69], bad: [0x95, 0x73, 0x97, 0xc7] };
    const header = [
      0x83, 0x56, 0x83, 0x8a, 0x83, 0x41, 0x83, 0x8b, 0x94, 0xd4, 0x8d, 0x86, 0x2c, 0x94, 0xbb, 0x92, 0xe8,
    ];
    const lines = rows.map(([serial, is]) => Buffer.from([...Buffer.from(`\r\n${serial},`), ...word[is]]));
    return Buffer.concat([Buffer.from(header), ...lines]);
  };
  const mapping: DownstreamMapping = {
    ...{ hasHeader: true, serial: 0, label: 1, lot: null, productId: null, several: 'leaveOut' },
    meanings: { 良品: 'ok', 不良: 'ng' },
  };

  test('are read from Shift_JIS with Japanese headers, checked row by row, and imported as one', async () => {
    const { on, folder } = await filled();
    const path = join(folder, '検査結果.csv');
    await writeFile(
      path,
      shiftJis([
        ['S2', 'bad'],
        ['S3', 'good'],
        ['S3', 'good'],
        ['S6', 'good'],
        ['S99', 'good'],
        ['S4', 'good'],
        ['S4', 'bad'],
        ['', 'bad'],
      ]),
    );
    const table = await on.call('downstream.read', { path });
    expect(table).toMatchObject({ encoding: 'shift_jis', hasHeader: true, rows: 9 });
    expect(table.suggested).toEqual({ serial: 0, label: 1, lot: null });
    expect(table.values[1]).toEqual([
      { value: '良品', rows: 5, meaning: 'ok' },
      { value: '不良', rows: 3, meaning: 'ng' },
    ]);
    const request = { path, sha256: table.sha256, mapping };
    const check = await on.call('downstream.check', request);
    expect(check).toMatchObject({ ok: 2, ng: 1, overrides: 0, escapes: 1, alike: 0, leftOut: 5 });
    expect(check.problems.map(({ line, kind, serial }) => [line, kind, serial])).toEqual([
      [4, 'serialTwice', 'S3'],
      [6, 'serialUnknown', 'S99'],
      [7, 'labelsConflict', 'S4'],
      [8, 'labelsConflict', 'S4'],
      [9, 'serialMissing', ''],
    ]);
    await expect(on.call('downstream.import', { ...request, leftOut: 0 })).rejects.toMatchObject({
      kind: 'selectionChanged',
    });
    expect((await on.call('review.batches', {})).batches).toEqual([]);

    const batch = await on.call('downstream.import', { ...request, leftOut: 5 });
    expect(batch).toMatchObject({ kind: 'import', title: '検査結果.csv', parts: 3 });
    expect((await on.call('history.part', { id: 3 })).feedback).toMatchObject([
      { word: 'ng', reason: '不良' },
    ]);
    expect((await rates(on)).escapes.known).toBe(1);
    await expect(on.call('downstream.check', request)).rejects.toMatchObject({ kind: 'fileImported' });
    await on.call('review.takeBack', { id: batch.id });
    expect((await rates(on)).escapes.known).toBe(0);
    await on.call('downstream.check', request);
  });

  test('name a serial with several parts, or take the newest; defect types need a meaning', async () => {
    const { on, folder } = await filled();
    const path = join(folder, 'results.tsv');
    await writeFile(path, 'lot\tserial\tresult\nL\tS2\tOK\nX\tS3\tscratch\n');
    const table = await on.call('downstream.read', { path });
    expect(table.suggested).toEqual({ serial: 1, label: 2, lot: 0 });
    const own = { ...mapping, serial: 1, label: 2, lot: 0, meanings: { OK: 'ok' as const } };
    const check = (given: Partial<DownstreamMapping> = {}) =>
      on.call('downstream.check', { path, sha256: table.sha256, mapping: { ...own, ...given } });
    expect((await check()).wrong).toEqual({ labelUnknown: 1 });
    expect((await check({ meanings: { OK: 'ok', scratch: 'ng' } })).wrong).toEqual({ serialUnknown: 1 });
    expect(await check({ meanings: { OK: 'ok', scratch: 'ng' }, lot: null })).toMatchObject({ ok: 1, ng: 1 });
    expect(await check({ meanings: { OK: 'ok', scratch: 'skip' } })).toMatchObject({
      skipped: 1,
      leftOut: 0,
    });
  });

  test('are refused from a file that has changed, is empty, or is no text', async () => {
    const { on, folder } = await filled();
    const path = join(folder, 'results.csv');
    await writeFile(path, 'serial,result\nS2,OK\n');
    const { sha256 } = await on.call('downstream.read', { path });
    await writeFile(path, 'serial,result\nS2,NG\n');
    await expect(on.call('downstream.check', { path, sha256, mapping })).rejects.toMatchObject({
      kind: 'fileChanged',
    });
    const readAs = async (bytes: Uint8Array | string) => {
      await writeFile(path, bytes);
      return on.call('downstream.read', { path });
    };
    await expect(readAs('\n\n')).rejects.toMatchObject({ kind: 'tableEmpty' });
    await expect(readAs(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0xff]))).rejects.toMatchObject({
      kind: 'encodingUnknown',
      params: { path },
    });
    await expect(on.call('downstream.read', { path: join(folder, 'none.csv') })).rejects.toMatchObject({
      kind: 'folderMissing',
    });
  });
});
