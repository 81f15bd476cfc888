import type { Migration } from '../migrate.ts';

/**
 * One row a part, made for tens of millions of rows: what repeats (product, source, model, arm, patch; lot;
 * thresholds) is a small integer, hashes are blobs, times are integers. Every filter of the history screen is a handful of ranges in one of
 * the four indexes; see store/history.ts.
 */
export const inspections: Migration = {
  version: 20,
  name: 'inspections',
  sql: `
CREATE TABLE streams (
  -- The circumstances that parts share: who delivered them and by what they were judged. Rows never change.
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  model_id INTEGER REFERENCES models (id),
  arm TEXT NOT NULL,
  patch_hash TEXT
) STRICT;
CREATE UNIQUE INDEX streams_by_content
  ON streams (product_id, source_id, ifnull(model_id, 0), arm, ifnull(patch_hash, ''));

CREATE TABLE lots (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE thresholds (
  id INTEGER PRIMARY KEY,
  review_from REAL NOT NULL,
  ng_from REAL NOT NULL,
  UNIQUE (review_from, ng_from),
  CHECK (review_from <= ng_from)
) STRICT;

CREATE TABLE inspections (
  -- One row a part.
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 2), -- 0 OK, 1 NG, 2 REVIEW
  human INTEGER NOT NULL CHECK (human BETWEEN 0 AND 2), -- 0 no word, 1 ok, 2 ng
  score REAL,
  thresholds_id INTEGER REFERENCES thresholds (id),
  lot_id INTEGER REFERENCES lots (id),
  serial TEXT CHECK (serial <> ''),
  origin TEXT NOT NULL,
  reason TEXT, -- error kind, for a part that could not be judged
  label TEXT,
  votes INTEGER,
  radius REAL,
  wait_us INTEGER NOT NULL,
  decode_us INTEGER NOT NULL,
  infer_us INTEGER NOT NULL,
  smooth_us INTEGER NOT NULL,
  store_us INTEGER NOT NULL,
  image_kept INTEGER NOT NULL CHECK (image_kept IN (0, 1)),
  image_width INTEGER,
  image_height INTEGER,
  image_hash BLOB CHECK (length(image_hash) = 32),
  part_key BLOB NOT NULL CHECK (length(part_key) = 16) -- see store/partKey.ts
) STRICT;
CREATE UNIQUE INDEX inspections_by_part ON inspections (part_key);
CREATE INDEX inspections_by_time ON inspections (time_ms);
CREATE INDEX inspections_by_stream ON inspections (stream_id, verdict, human, time_ms);
CREATE INDEX inspections_by_lot ON inspections (lot_id, stream_id, verdict, human, time_ms)
  WHERE lot_id IS NOT NULL;
CREATE INDEX inspections_by_serial ON inspections (serial, stream_id, verdict, human, time_ms)
  WHERE serial IS NOT NULL;

CREATE TABLE heatmaps (
  -- Anomaly maps, row by row, one byte a cell: low + byte / 255 * (high - low).
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  low REAL NOT NULL,
  high REAL NOT NULL,
  cells BLOB NOT NULL CHECK (length(cells) = width * height)
) STRICT;

CREATE TABLE feedback (
  -- What humans said of parts. At most one word stands; nothing said is deleted.
  id INTEGER PRIMARY KEY,
  inspection_id INTEGER NOT NULL REFERENCES inspections (id),
  time_ms INTEGER NOT NULL,
  word INTEGER NOT NULL CHECK (word IN (1, 2)), -- 1 ok, 2 ng
  reason TEXT NOT NULL,
  withdrawn_ms INTEGER
) STRICT;
CREATE INDEX feedback_by_inspection ON feedback (inspection_id);
CREATE UNIQUE INDEX feedback_standing ON feedback (inspection_id) WHERE withdrawn_ms IS NULL;
CREATE TRIGGER feedback_kept BEFORE DELETE ON feedback BEGIN
  SELECT RAISE (ABORT, 'feedback is append-only');
END;
CREATE TRIGGER feedback_unchanged BEFORE UPDATE ON feedback
WHEN old.withdrawn_ms IS NOT NULL OR new.id <> old.id OR new.inspection_id <> old.inspection_id
  OR new.time_ms <> old.time_ms OR new.word <> old.word OR new.reason <> old.reason
BEGIN
  SELECT RAISE (ABORT, 'feedback can only be withdrawn, once');
END;
`,
};
