import { createHash } from 'node:crypto';
import type { AuditAction, AuditEntry } from '../contract/domain.ts';
import { actorName } from '../platform/acting.ts';
import { row, rows, run, transaction, type ReadableDb, type WritableDb } from './db.ts';

interface AuditRow {
  id: number;
  time_ms: number;
  actor: string;
  action: string;
  detail: string;
  hash: Buffer;
}

const columns = 'id, time_ms, actor, action, detail, hash';
/** What the first entry's hash covers in place of a predecessor's. */
const beginning = Buffer.alloc(32);

export interface AuditEvent {
  /** Who: a person's name, or `station`. When not said, on whose behalf the work under way is done. */
  actor?: string;
  action: AuditAction;
  detail: Record<string, unknown>;
}

/** Adds to the trail. To be called in the transaction that makes the change it tells of. */
export function appendAudit(db: WritableDb, event: AuditEvent, nowMs: number): AuditEntry {
  return transaction(db, () => {
    const last = row<AuditRow>(db, `SELECT ${columns} FROM audit ORDER BY id DESC LIMIT 1`);
    const entry = {
      id: (last?.id ?? 0) + 1,
      time_ms: nowMs,
      actor: event.actor ?? actorName(),
      action: event.action,
      detail: JSON.stringify(event.detail),
    };
    const hash = chainHash(last?.hash ?? beginning, entry);
    run(
      db,
      `INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?)`,
      entry.id,
      entry.time_ms,
      entry.actor,
      entry.action,
      entry.detail,
      hash,
    );
    return fromRow({ ...entry, hash });
  });
}

/** Newest first, from below `before`. */
export function pageAudit(
  db: ReadableDb,
  before: number | null,
  limit: number,
): { entries: AuditEntry[]; older: boolean } {
  const found = rows<AuditRow>(
    db,
    `SELECT ${columns} FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
    before ?? Number.MAX_SAFE_INTEGER,
    limit + 1,
  );
  return { entries: found.slice(0, limit).map(fromRow), older: found.length > limit };
}

export interface AuditCheck {
  entries: number;
  /** Id of the first entry that is not what was written, or that should be there and is not; `null` = unbroken. */
  brokenAt: number | null;
  /** Hash of the last entry, hex. Kept elsewhere, it also proves that nothing was cut off at the end. */
  head: string;
}

/** Recomputes the whole chain. */
export function verifyAudit(db: ReadableDb): AuditCheck {
  const chunk = 1000;
  let previous: Buffer = beginning;
  let entries = 0;
  let lastId = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const found = rows<AuditRow>(
      db,
      `SELECT ${columns} FROM audit WHERE id > ? ORDER BY id LIMIT ?`,
      lastId,
      chunk,
    );
    for (const entry of found) {
      const expected = entries + 1;
      if (entry.id !== expected || !chainHash(previous, entry).equals(entry.hash)) {
        return { entries, brokenAt: expected, head: previous.toString('hex') };
      }
      previous = entry.hash;
      entries = expected;
      lastId = entry.id;
    }
    if (found.length < chunk) return { entries, brokenAt: null, head: previous.toString('hex') };
  }
}

function chainHash(previous: Buffer, entry: Omit<AuditRow, 'hash'>): Buffer {
  const content = JSON.stringify([entry.id, entry.time_ms, entry.actor, entry.action, entry.detail]);
  return createHash('sha256').update(previous).update(content).digest();
}

function fromRow(found: AuditRow): AuditEntry {
  return {
    id: found.id,
    timeMs: found.time_ms,
    actor: found.actor,
    action: found.action,
    detail: JSON.parse(found.detail) as Record<string, unknown>,
    hash: found.hash.toString('hex'),
  };
}
