import { annotatedActions } from '../contract/annotations.ts';
import type { Annotation } from '../contract/trends.ts';
import { rows, snapshot, type ReadableDb } from './db.ts';
import type { Span } from './spans.ts';

/** More marks than this would hide the trend; the newest are kept. */
const mostMarks = 300;

interface AuditRow {
  time_ms: number;
  action: Annotation['action'];
  detail: string;
}

/**
 * What the audit trail says was done to the line in a span of time, oldest first.
 * @param productId leaves out what was done to another product; what concerns no product in particular stays
 */
export function annotations(db: ReadableDb, span: Span, productId: number | null): Annotation[] {
  return snapshot(db, () => {
    const products = productsOf(db);
    return rows<AuditRow>(
      db,
      `SELECT time_ms, action, detail FROM audit INDEXED BY audit_by_time
       WHERE time_ms >= ? AND time_ms < ? AND action IN (SELECT value FROM json_each(?))
       ORDER BY time_ms DESC LIMIT ?`,
      span.fromMs,
      span.toMs,
      JSON.stringify(annotatedActions),
      mostMarks,
    )
      .reverse()
      .map(({ time_ms, action, detail }) => ({ time_ms, action, about: JSON.parse(detail) as About }))
      .filter(({ action, about }) => {
        const product = products(action, about);
        return productId === null || product === null || product === productId;
      })
      .map(({ time_ms, action, about }) => ({ timeMs: time_ms, action, what: wordsOf(about) }));
  });
}

type About = Readonly<Record<string, unknown>>;

/** The words that an entry of the trail has for itself. */
function wordsOf({ text, name, reason }: About): string {
  return [text, name, reason].filter((word) => typeof word === 'string' && word !== '').join(' · ');
}

/** Which product an entry is about, or `null`. */
function productsOf(db: ReadableDb): (action: string, about: About) => number | null {
  const read = (table: string) =>
    new Map(
      rows<{ id: number; product_id: number }>(db, `SELECT id, product_id FROM ${table}`).map(
        ({ id, product_id }) => [id, product_id],
      ),
    );
  const of = { model: read('models'), source: read('sources') };
  return (action, about) => {
    if (typeof about['productId'] === 'number') return about['productId'];
    const id = Number(about['id']);
    const area = action.split('.')[0];
    if (area === 'product') return id;
    return area === 'model' || area === 'source' ? (of[area].get(id) ?? null) : null;
  };
}
