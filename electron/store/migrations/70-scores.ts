import type { Migration } from '../migrate.ts';

/** The score to eight binary digits: Veltkamp's splitting, exact in IEEE arithmetic. */
const bin = 'score * 35184372088833.0 - (score * 35184372088833.0 - score)';

/**
 * Scores for the threshold tool: sums by day and bin of score, kept in the transaction that records a part or a human's
 * word, and an index that finds the parts of a day by their score. The thresholds a model had before the last change.
 */
export const scores: Migration = {
  version: 70,
  name: 'scores',
  sql: `
ALTER TABLE models ADD COLUMN previous_review_from REAL;
ALTER TABLE models ADD COLUMN previous_ng_from REAL;

CREATE TABLE score_days (
  -- Parts with a score. bin: the score to eight binary digits, see store/scoreBins.ts.
  stream_id INTEGER NOT NULL REFERENCES streams (id),
  start INTEGER NOT NULL, -- days of UTC since 1970-01-01 UTC
  thresholds_id INTEGER NOT NULL REFERENCES thresholds (id),
  by_score INTEGER NOT NULL CHECK (by_score IN (0, 1)), -- 1: the verdict is what score and thresholds say
  verdict INTEGER NOT NULL, -- as in inspections; human too
  human INTEGER NOT NULL,
  bin REAL NOT NULL,
  parts INTEGER NOT NULL,
  PRIMARY KEY (stream_id, start, thresholds_id, by_score, verdict, human, bin)
) STRICT, WITHOUT ROWID;
INSERT INTO score_days (stream_id, start, thresholds_id, by_score, verdict, human, bin, parts)
  SELECT stream_id, time_ms / 86400000, thresholds_id,
    verdict = CASE WHEN score >= ng_from THEN 1 WHEN score < review_from THEN 0 ELSE 2 END,
    verdict, human, ${bin}, count(*)
  FROM inspections JOIN thresholds ON thresholds.id = thresholds_id
  WHERE score IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE INDEX inspections_by_score
  ON inspections (stream_id, time_ms / 86400000, score, time_ms, thresholds_id, verdict, human)
  WHERE score IS NOT NULL AND thresholds_id IS NOT NULL;
`,
};
