import type { Migration } from '../migrate.ts';

/** Sums of parts with a defect type, kept in the transaction that records a part or a human's word. */
const table = (name: string, period: string, ms: number) => `
CREATE TABLE ${name} (
  start INTEGER NOT NULL, -- ${period} since 1970-01-01 UTC
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  label TEXT NOT NULL,
  verdict INTEGER NOT NULL, -- as in inspections; human too
  human INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  PRIMARY KEY (start, stream_id, label, verdict, human)
) STRICT, WITHOUT ROWID;
INSERT INTO ${name} (start, stream_id, label, verdict, human, parts)
  SELECT time_ms / ${ms}, stream_id, label, verdict, human, count(*)
  FROM inspections WHERE label IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
`;

/**
 * Classifiers: the classes a model tells apart, and parts by defect type. The index and the sums hold only parts
 * with a defect type, which are few on any line worth running.
 */
export const defects: Migration = {
  version: 50,
  name: 'defects',
  sql: `
ALTER TABLE models ADD COLUMN classes TEXT CHECK (json_valid(classes)); -- contract Model.classes; NULL of an anomaly detector

CREATE INDEX inspections_by_label ON inspections (label, stream_id, verdict, human, time_ms)
  WHERE label IS NOT NULL;

${table('defect_hours', 'hours', 3_600_000)}${table('defect_days', 'days of UTC', 86_400_000)}`,
};
