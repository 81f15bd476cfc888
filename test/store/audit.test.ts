import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendAudit, pageAudit, verifyAudit } from '../../electron/store/audit.ts';
import { transaction, type WritableDb } from '../../electron/store/db.ts';
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

describe('the audit trail', () => {
  it('is unbroken when nobody touched it', () => {
    const check = verifyAudit(db);
    expect(check).toMatchObject({ entries: 1500, brokenAt: null });
    expect(pageAudit(db, null, 1).entries[0]?.hash).toBe(check.head);
  });

  it.for([
    ['an actor', `UPDATE audit SET actor = 'Tanaka' WHERE id = 700`, 700],
    ['a time', 'UPDATE audit SET time_ms = time_ms + 1 WHERE id = 1', 1],
    ['a detail', `UPDATE audit SET detail = '{"id":3}' WHERE id = 1200`, 1200],
    ['a hash', `UPDATE audit SET hash = zeroblob(32) WHERE id = 1500`, 1500],
    ['a deleted entry', 'DELETE FROM audit WHERE id = 800', 800],
    ['a deleted beginning', 'DELETE FROM audit WHERE id < 3', 1],
    [
      "two entries in each other's place",
      'UPDATE audit SET id = 9999 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = 6; UPDATE audit SET id = 6 WHERE id = 9999',
      5,
    ],
    [
      'an entry slipped in before the first',
      `INSERT INTO audit SELECT 0, time_ms, actor, action, detail, hash FROM audit WHERE id = 1`,
      1,
    ],
  ] as const)('shows %s that was tampered with', ([, sql, brokenAt]) => {
    tamper(sql);
    expect(verifyAudit(db).brokenAt).toBe(brokenAt);
  });

  it('has another head when its end was cut off', () => {
    const { head } = verifyAudit(db);
    tamper('DELETE FROM audit WHERE id > 1490');
    expect(verifyAudit(db)).toMatchObject({ entries: 1490, brokenAt: null });
    expect(verifyAudit(db).head).not.toBe(head);
  });

  it('is paged newest first', () => {
    const first = pageAudit(db, null, 2);
    expect(first.entries.map(({ id }) => id)).toEqual([1500, 1499]);
    expect(first.entries[0]).toMatchObject({
      timeMs: startMs + 1500,
      actor: 'Sato',
      action: 'model.activate',
      detail: { id: 1500, name: '検査' },
    });
    expect(pageAudit(db, 3, 2)).toMatchObject({ entries: [{ id: 2 }, { id: 1 }], older: false });
    expect(pageAudit(db, 4, 2).older).toBe(true);
  });

  it('takes back an entry together with the change it tells of', () => {
    expect(() =>
      transaction(db, () => {
        appendAudit(db, { actor: 'Sato', action: 'product.add', detail: {} }, startMs);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(verifyAudit(db)).toMatchObject({ entries: 1500, brokenAt: null });
  });
});
