import { snapshot, type ReadableDb } from './db.ts';
import type { StreamFilter } from './intern.ts';
import type { Span } from './spans.ts';
import { streamsOf, sumOver } from './tallies.ts';

/** Of fewer parts that humans looked at, a share says nothing. */
const fewestJudged = 10;

/**
 * Which share of a period's parts is defective, 0..1, as far as the record tells: of the parts not called OK, the share that
 * humans confirmed among those they looked at, and of the parts called OK those that humans found to be defective, which
 * is too few rather than too many. `null` where humans looked at next to nothing.
 */
export function defectRateOver(db: ReadableDb, span: Span, filter: StreamFilter): number | null {
  const sums = snapshot(db, () => sumOver(db, span, streamsOf(db, filter)));
  const { ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng, review_none, review_ok, review_ng } = sums;
  const confirmed = ng_ng + review_ng;
  const judged = confirmed + ng_ok + review_ok;
  const rejected = judged + ng_none + review_none;
  if (judged < fewestJudged) return null;
  return ((rejected * confirmed) / judged + ok_ng) / (rejected + ok_none + ok_ok + ok_ng);
}
