import type { Migration } from '../migrate.ts';

/** What is watched for drift: a reference per product and model, the newest parts after it, and the alarms raised. */
export const drift: Migration = {
  version: 120,
  name: 'drift',
  sql: `
CREATE TABLE drift_watches (
  -- ended_ms: another reference was begun in its place.
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  model_id INTEGER NOT NULL REFERENCES models (id),
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX drift_watches_open ON drift_watches (product_id, model_id) WHERE ended_ms IS NULL;

CREATE TABLE drift_parts (
  -- number: from 1, in the order of the record. The reference stays; of those after it the newest.
  watch_id INTEGER NOT NULL REFERENCES drift_watches (id),
  number INTEGER NOT NULL,
  inspection_id INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  image_kept INTEGER NOT NULL CHECK (image_kept IN (0, 1)),
  score REAL NOT NULL,
  brightness REAL NOT NULL,
  contrast REAL NOT NULL,
  sharpness REAL NOT NULL,
  noise REAL NOT NULL,
  position_x REAL NOT NULL,
  position_y REAL NOT NULL,
  PRIMARY KEY (watch_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE drift_alarms (
  id INTEGER PRIMARY KEY,
  watch_id INTEGER NOT NULL REFERENCES drift_watches (id),
  time_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  found TEXT NOT NULL CHECK (json_valid(found)), -- by, features, advice, before, after of contract DriftAlarm
  acknowledged_ms INTEGER,
  actor TEXT,
  reason TEXT,
  CHECK ((acknowledged_ms IS NULL) = (actor IS NULL) AND (actor IS NULL) = (reason IS NULL))
) STRICT;
CREATE INDEX drift_alarms_by_watch ON drift_alarms (watch_id, id);
`,
};
