import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeTrail } from '../../electron/contract/audit.ts';
import { appendAudit, beginning, chainHash, pageAudit, type AuditRow } from '../../electron/store/audit.ts';
import { verifyAudit, type AuditAnchors } from '../../electron/store/auditCheck.ts';
import { connectReadable } from '../../electron/store/connect.ts';
import { rows, transaction, type WritableDb } from '../../electron/store/db.ts';
import { seededRandom } from '../../native-models/random.ts';
import { openForTest, startMs, temporaryPaths } from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  transaction(db, () => {
    for (let i = 1; i <= 1500; i++) {
      appendAudit(
        db,
        { actor: 'Sato', action: 'model.activate', detail: { id: i, name: '検査' } },
        startMs + i,
      );
    }
  });
});
afterEach(() => {
  db.close();
  folder.remove();
});

/** As somebody would who has the file and SQLite's own tool. */
function tamper(sql: string): void {
  db.exec(`DROP TRIGGER audit_kept; DROP TRIGGER audit_unchanged; ${sql}`);
}

function anchorsNow(): AuditAnchors {
  const all = rows<AuditRow>(db, 'SELECT * FROM audit');
  return { hashes: new Map(all.map(({ id, hash }) => [id, hash.toString('hex')])), lastId: all.length };
}

describe('the audit trail', () => {
  it('is unbroken when nobody touched it, and tells how far it has looked', async () => {
    const looked: number[] = [];
    const check = await verifyAudit(db, { anchors: anchorsNow(), onProgress: (count) => looked.push(count) });
    expect(check).toMatchObject({ entries: 1500, brokenAt: null, how: null, anchored: 1500, gaps: [] });
    expect(looked).toEqual([1000, 1500]);
    expect(pageAudit(db, null, 1, wholeTrail).entries[0]?.hash).toBe(check.head);
  });

  it.for([
    ['an actor', `UPDATE audit SET actor = 'Tanaka' WHERE id = 700`, 700, 'changed'],
    ['a time', 'UPDATE audit SET time_ms = time_ms + 1 WHERE id = 1', 1, 'changed'],
    ['an action', `UPDATE audit SET action = 'model.rename' WHERE id = 44`, 44, 'changed'],
    ['a detail', `UPDATE audit SET detail = '{"id":3}' WHERE id = 1200`, 1200, 'changed'],
    ['a hash', `UPDATE audit SET hash = zeroblob(32) WHERE id = 1500`, 1500, 'changed'],
    ['a deleted entry', 'DELETE FROM audit WHERE id = 800', 800, 'missing'],
    ['a deleted beginning', 'DELETE FROM audit WHERE id < 3', 1, 'missing'],
    [
      "two entries in each other's place",
      'UPDATE audit SET id = 9999 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = 6; UPDATE audit SET id = 6 WHERE id = 9999',
      5,
      'changed',
    ],
    [
      'an entry slipped in before the first',
      `INSERT INTO audit SELECT 0, time_ms, actor, action, detail, hash FROM audit WHERE id = 1`,
      1,
      'changed',
    ],
    [
      'an entry put at the end',
      `INSERT INTO audit SELECT 1501, time_ms, actor, action, detail, hash FROM audit WHERE id = 1`,
      1501,
      'changed',
    ],
  ] as const)('shows %s that was tampered with', async ([, sql, brokenAt, how]) => {
    tamper(sql);
    expect(await verifyAudit(db)).toMatchObject({ brokenAt, how, entries: brokenAt - 1 });
  });

  it('has another head when its end was cut off, and the copies beside it name the first one missing', async () => {
    const { head } = await verifyAudit(db);
    const anchors = anchorsNow();
    tamper('DELETE FROM audit WHERE id > 1490');
    expect(await verifyAudit(db)).toMatchObject({ entries: 1490, brokenAt: null });
    expect((await verifyAudit(db)).head).not.toBe(head);
    expect(await verifyAudit(db, { anchors })).toMatchObject({ brokenAt: 1491, how: 'missing' });
  });

  it('computed anew from a changed entry on, is named by the copies beside it', async () => {
    const anchors = anchorsNow();
    tamper(`UPDATE audit SET actor = 'Tanaka' WHERE id = 1400`);
    const all = rows<AuditRow>(db, 'SELECT * FROM audit ORDER BY id');
    let previous: Buffer = beginning;
    for (const entry of all) {
      previous = chainHash(previous, entry);
      db.prepare('UPDATE audit SET hash = ? WHERE id = ?').run(previous, entry.id);
    }
    expect(await verifyAudit(db)).toMatchObject({ brokenAt: null });
    expect(await verifyAudit(db, { anchors })).toMatchObject({ brokenAt: 1400, how: 'rewritten' });
  });

  it('is paged newest first, through a filter', () => {
    const first = pageAudit(db, null, 2, wholeTrail);
    expect(first.entries.map(({ id }) => id)).toEqual([1500, 1499]);
    expect(first.entries[0]).toMatchObject({
      timeMs: startMs + 1500,
      actor: 'Sato',
      action: 'model.activate',
      detail: { id: 1500, name: '検査' },
    });
    expect(pageAudit(db, 3, 2, wholeTrail)).toMatchObject({ entries: [{ id: 2 }, { id: 1 }], older: false });
    expect(pageAudit(db, 4, 2, wholeTrail).older).toBe(true);

    appendAudit(db, { actor: '100%_', action: 'people.add', detail: { name: 'Ito' } }, startMs + 2000);
    const found = (change: Partial<typeof wholeTrail>) =>
      pageAudit(db, null, 3, { ...wholeTrail, ...change }).entries.map(({ id }) => id);
    expect(found({ area: 'people' })).toEqual([1501]);
    expect(found({ text: 'Ito' })).toEqual([1501]);
    expect(found({ text: '%_' })).toEqual([1501]);
    expect(found({ text: 'sato' })).toEqual([1500, 1499, 1498]);
    expect(found({ fromMs: startMs + 10, toMs: startMs + 12 })).toEqual([11, 10]);
  });

  it('takes back an entry together with the change it tells of', async () => {
    expect(() =>
      transaction(db, () => {
        appendAudit(db, { actor: 'Sato', action: 'product.add', detail: {} }, startMs);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(await verifyAudit(db)).toMatchObject({ entries: 1500, brokenAt: null });
  });
});

/** Bytes that stand before an entry's text in its cell: sizes, rowid, header of the record, time. */
const cellHead = 16;
/** Where the record would hold the id; SQLite reads it from the rowid and nothing from here. */
const unreadByte = -12;

describe('any byte of an entry, flipped in the file', () => {
  it.for([1, 2, 700, 1499, 1500])(
    'of entry %i breaks the trail at this entry',
    { timeout: 120_000 },
    async (id) => {
      const anchors = anchorsNow();
      const [entry] = rows<AuditRow>(db, 'SELECT * FROM audit WHERE id = ?', id);
      db.pragma('wal_checkpoint(TRUNCATE)');
      const sound = readFileSync(folder.paths.database);
      // Actor, action, detail and hash stand one after the other at the end of the record.
      const text = Buffer.concat([
        Buffer.from(`${entry!.actor}${entry!.action}${entry!.detail}`),
        entry!.hash,
      ]);
      const at = sound.indexOf(text);
      expect(sound.indexOf(text, at + 1)).toBe(-1);
      const random = seededRandom(id);
      const path = `${folder.paths.database}.flipped`;
      for (let index = at - cellHead; index < at + text.length; index++) {
        const flipped = Buffer.from(sound);
        flipped[index]! ^= 1 << Math.floor(random.uniform() * 8);
        writeFileSync(path, flipped);
        const copy = connectReadable(path);
        const { brokenAt } = await verifyAudit(copy, { anchors });
        copy.close();
        if (index - at === unreadByte) continue;
        // What stands before the record's own bytes may belong to the entry beside it.
        if (index >= at) expect(brokenAt, `byte ${index - at}`).toBe(id);
        else expect([id - 1, id, id + 1], `byte ${index - at}`).toContain(brokenAt);
      }
    },
  );
});
