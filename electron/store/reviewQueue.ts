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
import { countHistory } from './tallies.ts';

/**
 * Parts that wait for a human's word, newest first.
 * @throws {KenroError} `notFound` when the part to continue from is not on record.
 */
export function reviewQueue(db: ReadableDb, request: QueueRequest): QueuePage {
  const { limit, reason } = request;
  return snapshot(db, () => {
    const reasons = reason === null ? reviewReasons : [reason];
    const found = reasons
      .flatMap((each) => waiting(db, request, each, limit + 1))
      .sort(({ inspection: a }, { inspection: b }) => b.timeMs - a.timeMs || b.id - a.id);
    return { rows: found.slice(0, limit), older: found.length > limit };
  });
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
