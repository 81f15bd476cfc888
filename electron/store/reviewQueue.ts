import type { Inspection } from '../contract/domain.ts';
import { everything } from '../contract/history.ts';
import {
  reviewReasons,
  type QueueFilter,
  type QueueLeft,
  type QueuePage,
  type QueueRequest,
  type QueuedPart,
  type ReviewReason,
} from '../contract/review.ts';
import { countOpenSample, openSample } from './auditSample.ts';
import { snapshot, type ReadableDb } from './db.ts';
import { pageHistory } from './history.ts';
import { countOpenDisagreements, openDisagreements } from './openDisagreements.ts';
import { readInspection, readInspections } from './inspections.ts';
import { isPutOff, putOffParts } from './putOff.ts';
import { countHistory } from './tallies.ts';

/**
 * Parts that wait for a human's word: newest first, and after them those that somebody has put off, in that order.
 * @throws {KenroError} `notFound` when the part to continue from is not on record.
 */
export function reviewQueue(db: ReadableDb, request: QueueRequest): QueuePage {
  const { limit, before } = request;
  return snapshot(db, () => {
    const late = putOffParts(db, request, spanOf(request));
    const isLate = before !== null && isPutOff(db, before);
    const first = isLate ? [] : inTime(db, request, new Set(late));
    const last = lateOnes(db, request, isLate ? late.slice(late.indexOf(before) + 1) : late);
    const found = [...first, ...last];
    return { rows: found.slice(0, limit), older: found.length > limit };
  });
}

/** One more than asked for, where there are as many. */
function inTime(db: ReadableDb, request: QueueRequest, late: ReadonlySet<number>): QueuedPart[] {
  const { limit, reason } = request;
  const reasons = reason === null ? reviewReasons : [reason];
  return reasons
    .flatMap((each) => waiting(db, request, each, limit + 1 + late.size))
    .filter(({ inspection }) => !late.has(inspection.id))
    .sort(({ inspection: a }, { inspection: b }) => b.timeMs - a.timeMs || b.id - a.id)
    .slice(0, limit + 1);
}

/** Those of them that are still in the queue, as far as the page needs them. */
function lateOnes(db: ReadableDb, request: QueueRequest, ids: readonly number[]): QueuedPart[] {
  return readInspections(db, ids)
    .flatMap((inspection) => {
      const reason = reasonOf(db, request, inspection);
      return reason === null ? [] : { inspection, reason };
    })
    .filter(({ reason }) => request.reason === null || reason === request.reason)
    .slice(0, request.limit + 1);
}

/** `null`: the rollout whose models did not agree about it has ended. */
function reasonOf(
  db: ReadableDb,
  request: QueueRequest,
  { id, timeMs, verdict }: Inspection,
): ReviewReason | null {
  if (verdict !== 'OK') return verdict === 'NG' ? 'reject' : 'review';
  const isIn = (find: typeof openSample) =>
    find(db, request, { fromMs: timeMs, toMs: timeMs + 1 }, null, Number.MAX_SAFE_INTEGER).some(
      (place) => place.id === id,
    );
  if (isIn(openSample)) return 'audit';
  return isIn(openDisagreements) ? 'disagreement' : null;
}

/** How many parts wait, by reason. */
export function reviewLeft(db: ReadableDb, filter: QueueFilter): QueueLeft {
  return snapshot(db, () => ({
    reject: countHistory(db, historyFilter(filter, 'reject')),
    review: countHistory(db, historyFilter(filter, 'review')),
    audit: countOpenSample(db, filter, spanOf(filter)),
    disagreement: countOpenDisagreements(db, filter, spanOf(filter)),
  }));
}

function waiting(db: ReadableDb, request: QueueRequest, reason: ReviewReason, limit: number): QueuedPart[] {
  const parts =
    reason === 'reject' || reason === 'review'
      ? verdictsOf(db, request, reason, limit)
      : passed(db, request, { audit: openSample, disagreement: openDisagreements }[reason], limit);
  return parts.map((inspection) => ({ inspection, reason }));
}

function verdictsOf(db: ReadableDb, request: QueueRequest, reason: 'reject' | 'review', limit: number) {
  const filter = historyFilter(request, reason);
  return pageHistory(db, { filter, before: request.before, after: null, limit }).rows;
}

/** Of the parts called OK. */
function passed(db: ReadableDb, request: QueueRequest, find: typeof openSample, limit: number) {
  const before = request.before === null ? null : readInspection(db, request.before);
  const places = find(db, request, spanOf(request), before, limit);
  return readInspections(
    db,
    places.map(({ id }) => id),
  );
}

function historyFilter({ productId, fromMs }: QueueFilter, reason: 'reject' | 'review') {
  const verdict = ({ reject: 'NG', review: 'REVIEW' } as const)[reason];
  return { ...everything, productId, fromMs, verdicts: [verdict], human: 'none' as const };
}

function spanOf({ fromMs }: QueueFilter) {
  return { fromMs: fromMs ?? 0, toMs: Number.MAX_SAFE_INTEGER };
}
