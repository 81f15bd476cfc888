import type { Migration } from '../migrate.ts';

/**
 * Sums of the parts of each lot, kept in the transaction that records a part or a human's word: a trend by lot
 * reads these and no part. The index lets the time axis of a trend find what was done to the line.
 */
export const lots: Migration = {
  version: 130,
  name: 'lots',
  sql: `
CREATE TABLE rollup_lots (
  lot_id INTEGER NOT NULL REFERENCES lots (id),
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  -- As in rollup_minutes.
  ok_none INTEGER NOT NULL,
  ok_ok INTEGER NOT NULL,
  ok_ng INTEGER NOT NULL,
  ng_none INTEGER NOT NULL,
  ng_ok INTEGER NOT NULL,
  ng_ng INTEGER NOT NULL,
  review_none INTEGER NOT NULL,
  review_ok INTEGER NOT NULL,
  review_ng INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  scored INTEGER NOT NULL,
  score_sum REAL NOT NULL,
  latency_sum_us INTEGER NOT NULL,
  latency_max_us INTEGER NOT NULL,
  PRIMARY KEY (lot_id, stream_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollup_lots_by_end ON rollup_lots (last_ms);

INSERT INTO rollup_lots (lot_id, stream_id, first_ms, last_ms, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng,
  review_none, review_ok, review_ng, errors, scored, score_sum, latency_sum_us, latency_max_us)
SELECT lot_id, stream_id, min(time_ms), max(time_ms),
  sum(verdict = 0 AND human = 0), sum(verdict = 0 AND human = 1), sum(verdict = 0 AND human = 2),
  sum(verdict = 1 AND human = 0), sum(verdict = 1 AND human = 1), sum(verdict = 1 AND human = 2),
  sum(verdict = 2 AND human = 0), sum(verdict = 2 AND human = 1), sum(verdict = 2 AND human = 2),
  count(reason), count(score), ifnull(sum(score), 0),
  sum(decode_us + infer_us + smooth_us + store_us), max(decode_us + infer_us + smooth_us + store_us)
FROM inspections WHERE lot_id IS NOT NULL GROUP BY lot_id, stream_id;

CREATE INDEX audit_by_time ON audit (time_ms);
`,
};
