import type { Migration } from '../migrate.ts';

/** Keys whose signatures count, signatures of models, models that an administrator lets be used, and searches for backdoors. */
export const signing: Migration = {
  version: 190,
  name: 'signing',
  sql: `
CREATE TABLE trusted_keys (
  key_id TEXT PRIMARY KEY CHECK (length(key_id) = 16),
  name TEXT NOT NULL,
  owner TEXT NOT NULL CHECK (owner IN ('station', 'plant', 'other')),
  public_key TEXT NOT NULL, -- Ed25519, SPKI DER, base64
  added_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  revoked_reason TEXT
) STRICT;

CREATE TABLE model_signatures (
  -- The newest signature of a model is the one that counts.
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id),
  signature TEXT NOT NULL CHECK (json_valid(signature)) -- contract SignatureFile
) STRICT;
CREATE INDEX model_signatures_by_model ON model_signatures (model_id);

CREATE TABLE model_overrides (
  model_id INTEGER PRIMARY KEY REFERENCES models (id),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  time_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE model_probes (
  -- The newest one of a model is the one that counts.
  id INTEGER PRIMARY KEY,
  model_id INTEGER NOT NULL REFERENCES models (id),
  probe TEXT NOT NULL CHECK (json_valid(probe)) -- contract ModelProbe
) STRICT;
CREATE INDEX model_probes_by_model ON model_probes (model_id);
`,
};
