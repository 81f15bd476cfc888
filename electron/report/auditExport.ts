import type { AuditFilter } from '../contract/audit.ts';
import type { AuditEntry } from '../contract/domain.ts';
import { pageAudit } from '../store/audit.ts';
import type { ReadableDb } from '../store/db.ts';
import { byteOrderMark, csvLine } from './csv.ts';

const page = 500;
const columns = ['id', 'time', 'actor', 'action', 'detail', 'hash'];

/**
 * The audit trail as CSV, newest first, times in UTC. Each hash covers the entry and the hash before it
 * (`store/audit.ts`), so that an export of the whole trail can be verified by itself, and kept elsewhere it proves the
 * trail up to then.
 */
export async function* auditCsv(db: ReadableDb, filter: AuditFilter): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(byteOrderMark + csvLine(columns));
  for await (const entries of pages(db, filter)) {
    const lines = entries.map(({ id, timeMs, actor, action, detail, hash }) =>
      csvLine([id, new Date(timeMs).toISOString(), actor, action, JSON.stringify(detail), hash]),
    );
    yield encoder.encode(lines.join(''));
  }
}

/** The same as a JSON array of entries. */
export async function* auditJson(db: ReadableDb, filter: AuditFilter): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let before = '[\n';
  for await (const entries of pages(db, filter)) {
    yield encoder.encode(before + entries.map((entry) => JSON.stringify(entry)).join(',\n'));
    before = ',\n';
  }
  yield encoder.encode(before === '[\n' ? '[]\n' : '\n]\n');
}

async function* pages(db: ReadableDb, filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
  let before: number | null = null;
  for (;;) {
    const { entries, older } = pageAudit(db, before, page, filter);
    if (entries.length > 0) yield entries;
    before = entries.at(-1)?.id ?? null;
    if (!older || before === null) return;
    // Verdicts come first: between two pages the line gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
