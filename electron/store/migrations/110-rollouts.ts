import type { Migration } from '../migrate.ts';

/** Going over from one model to another in phases, and what a candidate says of parts it does not decide on. */
export const rollouts: Migration = {
  version: 110,
  name: 'rollouts',
  sql: `
CREATE TABLE rollouts (
  -- state: contract RolloutState; step: which of the plan's shares holds.
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  current_model_id INTEGER NOT NULL REFERENCES models (id),
  candidate_model_id INTEGER NOT NULL REFERENCES models (id),
  salt TEXT NOT NULL,
  plan TEXT NOT NULL CHECK (json_valid(plan)), -- contract RolloutPlan
  state TEXT NOT NULL,
  step INTEGER NOT NULL CHECK (step >= 0),
  created_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  CHECK (current_model_id <> candidate_model_id)
) STRICT;
CREATE UNIQUE INDEX rollouts_open ON rollouts (product_id)
  WHERE state IN ('draft', 'verification', 'limited', 'full');

CREATE TABLE rollout_steps (
  -- The history of a rollout's phases; each row was written with the change it tells of.
  id INTEGER PRIMARY KEY,
  rollout_id INTEGER NOT NULL REFERENCES rollouts (id),
  time_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  step INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  guard TEXT, -- contract GuardKind
  status TEXT CHECK (json_valid(status)) -- contract RolloutStep.status: how it stood then
) STRICT;
CREATE INDEX rollout_steps_by_rollout ON rollout_steps (rollout_id, id);
CREATE TRIGGER rollout_steps_kept BEFORE DELETE ON rollout_steps BEGIN
  SELECT RAISE (ABORT, 'the history of rollouts is append-only');
END;
CREATE TRIGGER rollout_steps_unchanged BEFORE UPDATE ON rollout_steps BEGIN
  SELECT RAISE (ABORT, 'the history of rollouts is append-only');
END;

CREATE TABLE shadow_verdicts (
  -- What a candidate says of parts that another model has judged; a part without a row is a missing one.
  inspection_id INTEGER PRIMARY KEY REFERENCES inspections (id),
  rollout_id INTEGER NOT NULL REFERENCES rollouts (id),
  verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 2), -- as in inspections
  decided INTEGER NOT NULL CHECK (decided BETWEEN 0 AND 2), -- the verdict that the part was given
  score REAL,
  thresholds_id INTEGER NOT NULL REFERENCES thresholds (id),
  label TEXT,
  reason TEXT, -- error kind, for a part that could not be judged
  time_us INTEGER NOT NULL -- decode, infer, smooth
) STRICT;
CREATE INDEX shadow_verdicts_by_rollout ON shadow_verdicts (rollout_id, decided, verdict, reason, inspection_id);

CREATE TABLE shadow_heatmaps (
  -- As heatmaps; of parts on which the two models differ.
  inspection_id INTEGER PRIMARY KEY REFERENCES shadow_verdicts (inspection_id),
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  low REAL NOT NULL,
  high REAL NOT NULL,
  cells BLOB NOT NULL CHECK (length(cells) = width * height)
) STRICT;
`,
};
