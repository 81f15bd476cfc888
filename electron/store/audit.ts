import { createHash } from 'node:crypto';
import type { AuditFilter } from '../contract/audit.ts';
import type { AuditAction, AuditEntry } from '../contract/domain.ts';
import { actorName } from '../platform/acting.ts';
import { row, rows, run, transaction, type ReadableDb, type SqlValue, type WritableDb } from './db.ts';
import type { Span } from './spans.ts';

/** An entry as the table has it. In a file that was tampered with, each field may be of another type. */
export interface AuditRow {
  id: number;
  time_ms: number;
  actor: string;
  action: string;
  /** JSON. */
  detail: string;
  hash: Buffer;
}

const columns = 'id, time_ms, actor, action, detail, hash';
/** What the first entry's hash covers in place of a predecessor's. */
export const beginning = Buffer.alloc(32);

export interface AuditEvent {
  /** Who: a person's name, or `station`. When not said, on whose behalf the work under way is done. */
  actor?: string;
  action: AuditAction;
  detail: Record<string, unknown>;
}

/** Adds to the trail. To be called in the transaction that makes the change it tells of. */
export function appendAudit(db: WritableDb, event: AuditEvent, nowMs: number): AuditEntry {
  return transaction(db, () => {
    const last = lastAudit(db);
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
    return entryOf({ ...entry, hash });
  });
}

/** The newest entry as it stands in the table. */
export function lastAudit(db: ReadableDb): AuditRow | undefined {
  return row<AuditRow>(db, `SELECT ${columns} FROM audit ORDER BY id DESC LIMIT 1`);
}

/** Entries after an id, oldest first, as they stand in the table. */
export function auditRowsAfter(db: ReadableDb, id: number, limit: number): AuditRow[] {
  return rows<AuditRow>(db, `SELECT ${columns} FROM audit WHERE id > ? ORDER BY id LIMIT ?`, id, limit);
}

/** Newest first, from below `before`. */
export function pageAudit(
  db: ReadableDb,
  before: number | null,
  limit: number,
  filter: AuditFilter,
): { entries: AuditEntry[]; older: boolean } {
  const { sql, values } = conditions(filter);
  const found = rows<AuditRow>(
    db,
    `SELECT ${columns} FROM audit WHERE id < ?${sql} ORDER BY id DESC LIMIT ?`,
    before ?? Number.MAX_SAFE_INTEGER,
    ...values,
    limit + 1,
  );
  return { entries: found.slice(0, limit).map(entryOf), older: found.length > limit };
}

/** Which entries belong to a rollout: its own, and those on its two models while it lasted. */
export interface RolloutEntries {
  readonly rolloutId: number;
  readonly modelIds: readonly number[];
  /** SHA-256 of the models' files. */
  readonly hashes: readonly string[];
  readonly span: Span;
  /** The newest so many. */
  readonly most: number;
}

/** Oldest first. */
export function auditOfRollout(
  db: ReadableDb,
  { rolloutId, modelIds, hashes, span, most }: RolloutEntries,
): AuditEntry[] {
  return rows<AuditRow>(
    db,
    `SELECT ${columns} FROM audit WHERE time_ms >= ? AND time_ms < ? AND CASE
       WHEN action GLOB 'rollout.*' THEN json_extract(detail, '$.id') = ?
       WHEN action GLOB 'model.*' THEN json_extract(detail, '$.id') IN (SELECT value FROM json_each(?))
         OR json_extract(detail, '$.sha256') IN (SELECT value FROM json_each(?)) END
     ORDER BY id DESC LIMIT ?`,
    span.fromMs,
    span.toMs,
    rolloutId,
    JSON.stringify(modelIds),
    JSON.stringify(hashes),
    most,
  )
    .map(entryOf)
    .toReversed();
}

/** SHA-256 of the hash before and of the entry's fields as a JSON array. */
export function chainHash(previous: Buffer, entry: Omit<AuditRow, 'hash'>): Buffer {
  const content = JSON.stringify([entry.id, entry.time_ms, entry.actor, entry.action, entry.detail]);
  return createHash('sha256').update(previous).update(content).digest();
}

function conditions({ fromMs, toMs, area, text }: AuditFilter): { sql: string; values: SqlValue[] } {
  const pattern = `%${(text ?? '').replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const all: [boolean, string, SqlValue[]][] = [
    [fromMs !== null, 'time_ms >= ?', [fromMs]],
    [toMs !== null, 'time_ms < ?', [toMs]],
    [area !== null, "action LIKE ? || '.%'", [area]],
    [text !== null, String.raw`(actor LIKE ? ESCAPE '\' OR detail LIKE ? ESCAPE '\')`, [pattern, pattern]],
  ];
  const used = all.filter(([isUsed]) => isUsed);
  return {
    sql: used.map(([, condition]) => ` AND ${condition}`).join(''),
    values: used.flatMap(([, , values]) => values),
  };
}

function entryOf(found: AuditRow): AuditEntry {
  return {
    id: found.id,
    timeMs: found.time_ms,
    actor: found.actor,
    action: found.action,
    detail: detailOf(found.detail),
    hash: found.hash.toString('hex'),
  };
}

/** What was tampered with is shown as it stands; that it was, the verification tells. */
function detailOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
