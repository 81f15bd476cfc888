import type { Migration } from '../migrate.ts';

/** Sums of parts that were judged where noisy looks are allowed; NULL-free, so that older periods count none. */
const sums = (table: string) => `
ALTER TABLE ${table} ADD COLUMN smoothed INTEGER NOT NULL DEFAULT 0; -- parts that could be looked at again
ALTER TABLE ${table} ADD COLUMN first_looks INTEGER NOT NULL DEFAULT 0; -- those of them that one look decided
ALTER TABLE ${table} ADD COLUMN looks INTEGER NOT NULL DEFAULT 0; -- looks at all of them
`;

/** Adaptive randomized smoothing: settings of products, certificates of parts that were looked at under noise. */
export const smoothing: Migration = {
  version: 60,
  name: 'smoothing',
  sql: `
ALTER TABLE products ADD COLUMN smoothing TEXT CHECK (json_valid(smoothing)); -- contract ProductSmoothing; NULL: off

CREATE TABLE smoothings (
  -- How parts were looked at under noise; see contract SmoothingSettings. Rows never change.
  id INTEGER PRIMARY KEY,
  sigma REAL NOT NULL,
  alpha REAL NOT NULL,
  rule TEXT NOT NULL,
  wanted_radius REAL, -- NULL: as large as it gets
  most_n0 INTEGER NOT NULL,
  most_n INTEGER NOT NULL,
  judged_by TEXT NOT NULL CHECK (json_valid(judged_by)) -- thresholds of the model
) STRICT;
CREATE UNIQUE INDEX smoothings_by_content
  ON smoothings (sigma, alpha, rule, ifnull(wanted_radius, -1), most_n0, most_n, judged_by);

CREATE TABLE certificates (
  -- What noisy looks have shown of a part.
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  smoothing_id INTEGER NOT NULL REFERENCES smoothings (id),
  n0 INTEGER NOT NULL, -- looks taken to choose the verdict
  n INTEGER NOT NULL, -- fresh ones
  hits INTEGER NOT NULL CHECK (hits BETWEEN 0 AND n),
  predicted INTEGER CHECK (predicted BETWEEN 0 AND 2), -- as verdict in inspections; NULL: there was no time
  radius REAL NOT NULL,
  abstained INTEGER NOT NULL CHECK (abstained IN (0, 1)),
  certified INTEGER NOT NULL CHECK (certified IN (0, 1)),
  ended TEXT NOT NULL CHECK (ended IN ('settled', 'looks', 'time')),
  seed INTEGER NOT NULL
) STRICT;
${sums('rollup_minutes')}${sums('rollup_hours')}`,
};
