import type { Migration } from '../migrate.ts';

/** Comparisons of models with their making, on this computer: what a model is put to work after. */
export const parity: Migration = {
  version: 80,
  name: 'parity',
  sql: `
CREATE TABLE parity_checks (
  -- By file, not by row of models: one file computes the same wherever it is registered. worst: NULL where a part gave no score.
  id INTEGER PRIMARY KEY,
  model_sha256 TEXT NOT NULL CHECK (length(model_sha256) = 64),
  provider TEXT NOT NULL,
  runtime TEXT NOT NULL, -- version of onnxruntime
  time_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  basis TEXT NOT NULL, -- contract ParityBasis
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  parts INTEGER NOT NULL,
  worst REAL,
  flips INTEGER NOT NULL,
  differing TEXT NOT NULL CHECK (json_valid(differing)) -- contract DifferingPart[]
) STRICT;
CREATE INDEX parity_checks_by_model ON parity_checks (model_sha256, id);
`,
};
