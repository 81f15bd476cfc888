import type { Migration } from '../migrate.ts';

/** Sums by minute and by hour and stream, kept in the transaction that records a part or a human's word. */
const table = (name: string, period: string) => `
CREATE TABLE ${name} (
  start INTEGER NOT NULL, -- ${period} since 1970-01-01 UTC
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  -- Parts by verdict and human word.
  ok_none INTEGER NOT NULL,
  ok_ok INTEGER NOT NULL,
  ok_ng INTEGER NOT NULL,
  ng_none INTEGER NOT NULL,
  ng_ok INTEGER NOT NULL,
  ng_ng INTEGER NOT NULL,
  review_none INTEGER NOT NULL,
  review_ok INTEGER NOT NULL,
  review_ng INTEGER NOT NULL,
  errors INTEGER NOT NULL, -- parts that could not be judged
  scored INTEGER NOT NULL,
  score_sum REAL NOT NULL,
  -- Time on the part: decode, infer, smooth, store.
  latency_sum_us INTEGER NOT NULL,
  latency_max_us INTEGER NOT NULL,
  latencies BLOB NOT NULL, -- histogram, see store/latencyHistogram.ts
  PRIMARY KEY (start, stream_id)
) STRICT, WITHOUT ROWID;
`;

export const rollups: Migration = {
  version: 30,
  name: 'rollups',
  sql: table('rollup_minutes', 'minutes') + table('rollup_hours', 'hours'),
};
