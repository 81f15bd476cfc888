import type { Migration } from '../migrate.ts';

/**
 * What watching a line over time needs beside its parts: sums of the audit sample, latencies of lots, the network's own
 * picture of each watched part, pictures that lie outside what is usual at the site, and reviews put off.
 */
export const watching: Migration = {
  version: 180,
  name: 'watching',
  sql: `
CREATE TABLE audit_sample_hours (
  -- Sums of audit_sample by human word, as in rollup_hours.
  start INTEGER NOT NULL, -- hours since 1970-01-01 UTC
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  share_id INTEGER NOT NULL REFERENCES audit_shares (id),
  drawn INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  ng INTEGER NOT NULL,
  PRIMARY KEY (start, stream_id, share_id)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_sample_hours (start, stream_id, share_id, drawn, ok, ng)
SELECT time_ms / 3600000, stream_id, share_id, count(*), sum(human = 1), sum(human = 2)
FROM audit_sample GROUP BY 1, 2, 3;

CREATE TABLE audit_sample_lots (
  -- The same of the parts of each lot.
  lot_id INTEGER NOT NULL REFERENCES lots (id),
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  share_id INTEGER NOT NULL REFERENCES audit_shares (id),
  drawn INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  ng INTEGER NOT NULL,
  PRIMARY KEY (lot_id, stream_id, share_id)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_sample_lots (lot_id, stream_id, share_id, drawn, ok, ng)
SELECT lot_id, audit_sample.stream_id, share_id, count(*), sum(audit_sample.human = 1), sum(audit_sample.human = 2)
FROM audit_sample JOIN inspections ON inspections.id = inspection_id WHERE lot_id IS NOT NULL GROUP BY 1, 2, 3;

-- NULL: the lot was begun before its latencies were kept; else as in rollup_minutes.
ALTER TABLE rollup_lots ADD COLUMN latencies BLOB;

-- NULL: the network has not told; else 32-bit floats, little-endian.
ALTER TABLE drift_parts ADD COLUMN embedding BLOB;

CREATE TABLE odd_pictures (
  -- Parts called NG whose picture lay outside what is usual at the site: the figure that lay furthest outside.
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  feature TEXT NOT NULL, -- contract DriftFeature
  shift REAL NOT NULL -- from the usual median, in robust standard deviations
) STRICT;

CREATE TABLE put_off (
  -- Parts of the review queue that somebody has put off: they come after all others, the one put off first before the rest.
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  time_ms INTEGER NOT NULL,
  number INTEGER NOT NULL UNIQUE -- order in which they were put off
) STRICT;
`,
};
