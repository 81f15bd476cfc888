import type { AuditBreak, AuditCheck } from '../contract/audit.ts';
import { auditRowsAfter, beginning, chainHash, type AuditRow } from './audit.ts';
import type { ReadableDb } from './db.ts';
import { isCorrupt } from './errors.ts';

/** Hashes in hex by id, kept beside the database. */
export interface AuditAnchors {
  readonly hashes: ReadonlyMap<number, string>;
  /** Id of the newest. */
  readonly lastId: number;
}

export interface VerifyOptions {
  readonly anchors?: AuditAnchors;
  /** Called after each piece with the number of entries looked at. */
  readonly onProgress?: (entries: number) => void;
}

const noAnchors: AuditAnchors = { hashes: new Map(), lastId: 0 };
const chunk = 1000;

/**
 * Recomputes the whole chain, piece by piece, so that verdicts get their turn, and compares it with the copies of the
 * hashes beside the database: those also show an end that was cut off, and a chain that was computed anew.
 */
export async function verifyAudit(db: ReadableDb, options: VerifyOptions = {}): Promise<AuditCheck> {
  const { anchors = noAnchors, onProgress } = options;
  let previous: Buffer = beginning;
  let entries = 0;
  let anchored = 0;
  const gaps: AuditCheck['gaps'] = [];
  const result = (how: AuditBreak | null): AuditCheck => {
    const brokenAt = how === null ? null : entries + 1;
    return { entries, brokenAt, how, head: previous.toString('hex'), anchored, gaps };
  };
  // From below every id, so that an entry slipped in before the first is met too.
  let lastId = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const found = readAfter(db, lastId);
    for (const entry of found.rows) {
      const how = breakOf(entry, entries + 1, previous, anchors);
      if (how !== null) return result(how);
      previous = entry.hash;
      entries = entry.id;
      lastId = entry.id;
      if (anchors.hashes.has(entry.id)) anchored += 1;
      if (entry.action === 'audit.gap') gaps.push(gapOf(entry));
    }
    if (found.isDamaged) return result('unreadable');
    onProgress?.(entries);
    if (found.rows.length < chunk) return result(entries < anchors.lastId ? 'missing' : null);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function breakOf(
  entry: AuditRow,
  expectedId: number,
  previous: Buffer,
  anchors: AuditAnchors,
): AuditBreak | null {
  if (entry.id !== expectedId) return entry.id > expectedId ? 'missing' : 'changed';
  if (!Buffer.isBuffer(entry.hash) || !chainHash(previous, entry).equals(entry.hash)) return 'changed';
  const anchor = anchors.hashes.get(entry.id);
  return anchor !== undefined && anchor !== entry.hash.toString('hex') ? 'rewritten' : null;
}

/** Where the file is damaged, as many rows as can still be read before the damage. */
function readAfter(db: ReadableDb, id: number): { rows: AuditRow[]; isDamaged: boolean } {
  try {
    return { rows: auditRowsAfter(db, id, chunk), isDamaged: false };
  } catch (thrown) {
    if (!isCorrupt(thrown)) throw thrown;
  }
  const rows: AuditRow[] = [];
  try {
    for (;;) {
      const [next] = auditRowsAfter(db, rows.at(-1)?.id ?? id, 1);
      if (next === undefined) break;
      rows.push(next);
    }
  } catch (thrown) {
    if (!isCorrupt(thrown)) throw thrown;
  }
  return { rows, isDamaged: true };
}

function gapOf({ detail, time_ms: foundMs }: AuditRow): AuditCheck['gaps'][number] {
  const { from, to } = JSON.parse(detail) as { from: number; to: number };
  return { from, to, foundMs };
}
