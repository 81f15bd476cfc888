import type { Migration } from '../migrate.ts';

/** When the line is to be stopped, and the stops there were. */
export const lineStops: Migration = {
  version: 140,
  name: 'lineStops',
  sql: `
CREATE TABLE stop_rules (
  product_id INTEGER PRIMARY KEY REFERENCES products (id),
  ng INTEGER,
  parts INTEGER,
  consecutive INTEGER,
  drift INTEGER NOT NULL CHECK (drift IN (0, 1)),
  since_id INTEGER NOT NULL, -- newest part when they were set: the count starts after it
  CHECK ((ng IS NULL) = (parts IS NULL)),
  CHECK (ng <= parts)
) STRICT;

CREATE TABLE line_stops (
  id INTEGER PRIMARY KEY,
  raised INTEGER NOT NULL CHECK (raised IN (0, 1)), -- 0: only the thresholds before would have
  product_id INTEGER NOT NULL REFERENCES products (id),
  source_id INTEGER REFERENCES sources (id), -- NULL: every source of the product
  time_ms INTEGER NOT NULL,
  part_id INTEGER REFERENCES inspections (id), -- the one that met the rule; NULL of drift
  cause TEXT NOT NULL CHECK (cause IN ('share', 'consecutive', 'drift')),
  ng INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  also_before INTEGER NOT NULL CHECK (also_before IN (0, 1)), -- the thresholds before would have raised it too
  met_id INTEGER REFERENCES line_stops (id), -- of one not raised: the one that was raised soon after it
  muted_ms INTEGER,
  mute_reason TEXT,
  acknowledged_ms INTEGER,
  reason TEXT,
  resume_id INTEGER, -- newest part at the acknowledgement: the count starts anew after it
  CHECK ((muted_ms IS NULL) = (mute_reason IS NULL)),
  CHECK ((acknowledged_ms IS NULL) = (reason IS NULL)),
  CHECK ((acknowledged_ms IS NULL) = (resume_id IS NULL))
) STRICT;
CREATE INDEX line_stops_by_time ON line_stops (time_ms);
CREATE INDEX line_stops_open ON line_stops (id) WHERE raised = 1 AND acknowledged_ms IS NULL;
CREATE INDEX line_stops_by_source ON line_stops (source_id, product_id, raised, id);

CREATE TABLE line_stop_parts (
  stop_id INTEGER NOT NULL REFERENCES line_stops (id),
  inspection_id INTEGER NOT NULL REFERENCES inspections (id),
  PRIMARY KEY (stop_id, inspection_id)
) STRICT, WITHOUT ROWID;
`,
};
