import type { Migration } from '../migrate.ts';

/**
 * The human's word, put to use: parts called OK that are drawn for a human to look at, so that escapes can be
 * estimated; words given or imported many at a time; pictures that show where OK ends.
 */
export const reviewing: Migration = {
  version: 150,
  name: 'reviewing',
  sql: `
CREATE TABLE audit_shares (
  -- Which share of a product's OK parts is drawn from a moment on, until the next row. Rows never change.
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  from_ms INTEGER NOT NULL,
  per_ten_thousand INTEGER NOT NULL CHECK (per_ten_thousand BETWEEN 0 AND 10000),
  salt TEXT NOT NULL -- a part is drawn by the hash of this and its key, see store/auditShares.ts
) STRICT;
CREATE INDEX audit_shares_by_product ON audit_shares (product_id, from_ms);

CREATE TABLE audit_sample (
  -- The parts drawn. Time, stream and human word are those of the part, for counting without it.
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  share_id INTEGER NOT NULL REFERENCES audit_shares (id),
  time_ms INTEGER NOT NULL,
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  human INTEGER NOT NULL CHECK (human BETWEEN 0 AND 2)
) STRICT;
CREATE INDEX audit_sample_by_time ON audit_sample (time_ms, share_id, stream_id, human);
CREATE INDEX audit_sample_open ON audit_sample (time_ms, inspection_id) WHERE human = 0;

CREATE TABLE word_batches (
  -- Words that came together and are taken back together.
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('bulk', 'import')),
  title TEXT NOT NULL, -- the reason, or the name of the file
  file_hash TEXT CHECK (length(file_hash) = 64),
  parts INTEGER NOT NULL,
  undone_ms INTEGER
) STRICT;

CREATE TABLE batch_words (
  batch_id INTEGER NOT NULL REFERENCES word_batches (id),
  inspection_id INTEGER NOT NULL REFERENCES inspections (id),
  feedback_id INTEGER NOT NULL REFERENCES feedback (id),
  replaced_id INTEGER REFERENCES feedback (id), -- the word that stood before
  PRIMARY KEY (batch_id, inspection_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE limit_samples (
  -- Pictures of parts that are just about OK or just about NG.
  id INTEGER PRIMARY KEY,
  inspection_id INTEGER NOT NULL REFERENCES inspections (id),
  word INTEGER NOT NULL CHECK (word IN (1, 2)), -- as in feedback
  label TEXT CHECK (label <> ''), -- defect type; NULL: any
  note TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  removed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX limit_samples_by_part ON limit_samples (inspection_id) WHERE removed_ms IS NULL;
`,
};
