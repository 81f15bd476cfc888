import type { Migration } from '../migrate.ts';

/**
 * Sums by minute and by hour and stream, kept in the transaction that records a part or a human's word.
 * `<verdict>_<human>` counts parts; `errors` those that could not be judged; `start` counts minutes or hours
 * since 1970. `latencies` is a histogram, see store/latencyHistogram.ts.
 */
const table = (name: string) => `
CREATE TABLE ${name} (
  start INTEGER NOT NULL,
  stream_id INTEGER NOT NULL REFERENCES streams (id),
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
  latencies BLOB NOT NULL,
  PRIMARY KEY (start, stream_id)
) STRICT, WITHOUT ROWID;
`;

export const rollups: Migration = {
  version: 30,
  name: 'rollups',
  sql: table('rollup_minutes') + table('rollup_hours'),
};
