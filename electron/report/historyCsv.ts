import type { Inspection } from '../contract/domain.ts';
import type { HistoryFilter } from '../contract/history.ts';
import type { ReadableDb } from '../store/db.ts';
import { iterateHistory } from '../store/history.ts';
import { readHistoryNames, type HistoryNames } from '../store/names.ts';
import { byteOrderMark, csvLine, type Cell } from './csv.ts';

/** Header and content of each column, in order. Times are UTC. */
const columns: readonly (readonly [string, (part: Inspection, names: HistoryNames) => Cell])[] = [
  ['id', (part) => part.id],
  ['time', (part) => new Date(part.timeMs).toISOString()],
  ['product', (part, names) => names.products.get(part.productId) ?? null],
  ['source', (part, names) => names.sources.get(part.sourceId) ?? null],
  ['lot', (part) => part.lot],
  ['serial', (part) => part.serial],
  ['origin', (part) => part.origin],
  ['verdict', (part) => part.verdict],
  ['reason', (part) => part.reason],
  ['label', (part) => part.label],
  ['score', (part) => part.score],
  ['reviewThreshold', (part) => part.thresholds?.review ?? null],
  ['ngThreshold', (part) => part.thresholds?.ng ?? null],
  ['human', (part) => part.human],
  ['model', (part, names) => (part.modelId === null ? null : (names.models.get(part.modelId) ?? null))],
  ['arm', (part) => part.arm],
  ['patch', (part) => part.patchHash],
  ['votes', (part) => part.votes],
  ['radius', (part) => part.radius],
  ['sigma', (part) => part.certificate?.sigma ?? null],
  ['alpha', (part) => part.certificate?.alpha ?? null],
  ['lookRule', (part) => part.certificate?.rule ?? null],
  ['wantedRadius', (part) => part.certificate?.wantedRadius ?? null],
  ['n0', (part) => part.certificate?.n0 ?? null],
  ['n', (part) => part.certificate?.n ?? null],
  ['hits', (part) => part.certificate?.hits ?? null],
  ['lookVerdict', (part) => part.certificate?.predicted ?? null],
  ['shownRadius', (part) => part.certificate?.radius ?? null],
  ['looksEnded', (part) => part.certificate?.ended ?? null],
  ['lookSeed', (part) => part.certificate?.seed ?? null],
  ['waitMs', (part) => part.latency.waitMs],
  ['decodeMs', (part) => part.latency.decodeMs],
  ['inferMs', (part) => part.latency.inferMs],
  ['smoothMs', (part) => part.latency.smoothMs],
  ['storeMs', (part) => part.latency.storeMs],
  ['imageHash', (part) => part.imageHash],
  ['imageWidth', (part) => part.imageWidth],
  ['imageHeight', (part) => part.imageHeight],
];

/**
 * Everything a filter finds as CSV (RFC 4180: CRLF, quotes doubled), newest first, piece by piece, so that ten
 * million rows need no more memory than five hundred.
 */
export async function* historyCsv(db: ReadableDb, filter: HistoryFilter): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(byteOrderMark + csvLine(columns.map(([name]) => name)));
  const names = readHistoryNames(db);
  for (const parts of iterateHistory(db, filter)) {
    const lines = parts.map((part) => csvLine(columns.map(([, cell]) => cell(part, names))));
    yield encoder.encode(lines.join(''));
    // Verdicts come first: between two pieces the line gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
