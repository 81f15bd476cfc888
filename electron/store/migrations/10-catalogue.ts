import type { Migration } from '../migrate.ts';

/**
 * What the line is made of: products, sources, models, backbones, settings. Nothing is deleted, only marked
 * as removed, so that the history can always name what it refers to.
 */
export const catalogue: Migration = {
  version: 10,
  name: 'catalogue',
  sql: `
CREATE TABLE kenro (
  -- About the file itself: app is the version of Kenro that opened it last. Never changes its shape.
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
  -- removed_ms: taken out of use, still named by the history; the same in the tables below.
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  active_model_id INTEGER REFERENCES models (id),
  removed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX products_by_name ON products (name) WHERE removed_ms IS NULL;

CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id),
  paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
  config TEXT NOT NULL CHECK (json_valid(config)), -- contract SourceConfig
  created_ms INTEGER NOT NULL,
  removed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX sources_by_name ON sources (name) WHERE removed_ms IS NULL;

CREATE TABLE models (
  -- Detectors; the file is models/<sha256>.onnx. threshold_low, threshold_high: 95 % interval of ng_from.
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  name TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id),
  kind TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  preprocess TEXT NOT NULL CHECK (json_valid(preprocess)),
  review_from REAL NOT NULL,
  ng_from REAL NOT NULL,
  threshold_low REAL,
  threshold_high REAL,
  origin TEXT NOT NULL CHECK (json_valid(origin)),
  removed_ms INTEGER,
  CHECK (review_from <= ng_from),
  CHECK ((threshold_low IS NULL) = (threshold_high IS NULL))
) STRICT;

CREATE TABLE backbones (
  -- Feature extractors that detectors are taught on.
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  built_in INTEGER NOT NULL CHECK (built_in IN (0, 1)),
  preprocess TEXT NOT NULL CHECK (json_valid(preprocess)),
  features TEXT NOT NULL CHECK (json_valid(features)),
  removed_ms INTEGER
) STRICT;

CREATE TABLE settings (
  -- Only what was ever changed; the rest has its default.
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
`,
};
