import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../electron/platform/clock.ts';
import { dataPaths, type DataPaths } from '../../../electron/platform/paths.ts';
import { row, transaction, type WritableDb } from '../../../electron/store/db.ts';
import { encodeHistogram } from '../../../electron/store/latencyHistogram.ts';
import { scoreBinSql, scoreDayMs } from '../../../electron/store/scoreBins.ts';
import { openStore } from '../../../electron/store/open.ts';
import { addLine, startMs, type Line } from '../../store/support/station.ts';

/** One part a second from `startMs` on. */
export const msPerPart = 1000;
const lines = 5;

/** Where such a database is kept. */
export function manyPartsPaths(count: number): DataPaths {
  return dataPaths(join(tmpdir(), `kenro-bench-${count}`));
}

/**
 * A database of `count` parts as five busy lines leave it: about 1 in 200 NG, 1 in 125 a review, half of those
 * confirmed, one in a hundred OK parts drawn for the audit sample and most of those judged, a lot a shift, a serial on every second part; the last line was taken down after 1 % of the time.
 * Kept in the system's temporary folder for the next run.
 */
export async function openManyParts(
  count: number,
): Promise<{ db: WritableDb; built: boolean; megabytes: number }> {
  const paths = manyPartsPaths(count);
  const { db } = await openStore(paths, { clock: systemClock, app: 'bench' });
  const present = row<{ id: number }>(db, 'SELECT max(id) AS id FROM inspections')?.id ?? 0;
  const built = present < count;
  db.function('histogram', { deterministic: true }, (parts: number) =>
    encodeHistogram(new Map([[33, parts]])),
  );
  if (built) fill(db, count);
  if (row(db, 'SELECT 1 FROM audit_sample') === undefined) fillSample(db, count);
  db.pragma('wal_checkpoint(TRUNCATE)');
  return { db, built, megabytes: statSync(paths.database).size / 2 ** 20 };
}

/** The lines of such a database. */
export function linesOf(db: WritableDb): Line[] {
  return [1, 2, 3, 4, 5].map(
    (id) =>
      row<Line>(
        db,
        `SELECT sources.id AS sourceId, product_id AS productId,
           (SELECT min(id) FROM models WHERE models.product_id = sources.product_id) AS modelId
         FROM sources WHERE id = ?`,
        id,
      ) as Line,
  );
}

function fill(db: WritableDb, count: number): void {
  for (const table of [
    'heatmaps',
    'audit_sample',
    'audit_sample_hours',
    'audit_sample_lots',
    'audit_shares',
    'rollup_minutes',
    'rollup_hours',
    'rollup_lots',
    'score_days',
    'inspections',
  ])
    db.exec(`DELETE FROM ${table}`);
  const indexes = ['part', 'time', 'stream', 'lot', 'serial', 'score'].map(
    (name) => `inspections_by_${name}`,
  );
  const definitions = indexes.map(
    (name) => row<{ sql: string }>(db, 'SELECT sql FROM sqlite_schema WHERE name = ?', name)?.sql ?? '',
  );
  transaction(db, () => {
    if (row(db, 'SELECT 1 FROM streams') === undefined) {
      for (let line = 1; line <= lines; line++) addLine(db, `line ${line}`);
      db.exec(`INSERT INTO streams (product_id, source_id, model_id, arm)
        SELECT product_id, sources.id, models.id, arm.column1 FROM sources JOIN models USING (product_id),
          (VALUES ('active'), ('shadow')) AS arm`);
      db.exec('INSERT INTO thresholds (review_from, ng_from) VALUES (0.5, 0.6)');
      db.exec(`WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${count * msPerPart} / 28800000)
        INSERT INTO lots (name) SELECT printf('LOT-%05d', i) FROM n`);
    }
  });
  for (const name of indexes) db.exec(`DROP INDEX ${name}`);
  const chunk = 500_000;
  for (let first = 0; first < count; first += chunk) {
    transaction(db, () => db.exec(fillSql(first, Math.min(count, first + chunk), count)));
    db.pragma('wal_checkpoint(TRUNCATE)');
  }
  for (const definition of definitions) {
    db.exec(definition);
    db.pragma('wal_checkpoint(TRUNCATE)');
  }
  for (const [table, ms] of [
    ['rollup_minutes', 60_000],
    ['rollup_hours', 3_600_000],
  ] as const) {
    transaction(db, () => db.exec(rollupSql(table, ms)));
  }
  transaction(db, () => db.exec(scoreSql));
  transaction(db, () => db.exec(lotSql));
}

/** One share for each product, changed once half-way. */
function fillSample(db: WritableDb, count: number): void {
  transaction(db, () => {
    for (const [perTenThousand, fromMs] of [
      [50, startMs],
      [100, startMs + (count * msPerPart) / 2],
    ]) {
      db.exec(`INSERT INTO audit_shares (product_id, from_ms, per_ten_thousand, salt)
        SELECT id, ${fromMs}, ${perTenThousand}, 's' FROM products`);
    }
    db.exec(sampleSql);
  });
}

const sampleSql = `
INSERT INTO audit_sample (inspection_id, share_id, time_ms, stream_id, human)
SELECT inspections.id, share.id, time_ms, stream_id,
  CASE WHEN inspections.id % 7 = 0 THEN 0 WHEN inspections.id % 301 = 0 THEN 2 ELSE 1 END
FROM inspections JOIN streams ON streams.id = stream_id JOIN audit_shares AS share ON share.id = (
  SELECT id FROM audit_shares WHERE product_id = streams.product_id AND from_ms <= time_ms ORDER BY from_ms DESC LIMIT 1)
WHERE verdict = 0 AND ((inspections.id * 40503) & 0xffffff) % 10000 < per_ten_thousand;
INSERT INTO audit_sample_hours (start, stream_id, share_id, drawn, ok, ng)
SELECT time_ms / 3600000, stream_id, share_id, count(*), sum(human = 1), sum(human = 2) FROM audit_sample GROUP BY 1, 2, 3;
INSERT INTO audit_sample_lots (lot_id, stream_id, share_id, drawn, ok, ng)
SELECT lot_id, audit_sample.stream_id, share_id, count(*), sum(audit_sample.human = 1), sum(audit_sample.human = 2)
FROM audit_sample JOIN inspections ON inspections.id = inspection_id GROUP BY 1, 2, 3;
UPDATE rollup_lots SET latencies = histogram(ok_none + ok_ok + ok_ng + ng_none + ng_ok + ng_ng);`;

/** Parts `first` ≤ number < `end` of `count`. `dice` is a number from 0 to 999,999 that looks random. */
const fillSql = (first: number, end: number, count: number) => `
WITH RECURSIVE
  n (number) AS (VALUES (${first}) UNION ALL SELECT number + 1 FROM n WHERE number < ${end} - 1),
  thrown AS (
    SELECT number, ((number * 2654435761) & 0x7fffffff) % 1000000 AS dice,
      CASE WHEN number < ${count} / 100 THEN number % 5 ELSE number % 4 END + 1 AS line FROM n
  )
INSERT INTO inspections (id, time_ms, stream_id, verdict, human, score, thresholds_id, lot_id, serial, origin,
  wait_us, decode_us, infer_us, smooth_us, store_us, image_kept, image_width, image_height, image_hash, part_key)
SELECT number + 1, ${startMs} + number * ${msPerPart}, line * 2 - (dice % 20 > 0),
  CASE WHEN dice < 5000 THEN 1 WHEN dice < 13000 THEN 2 ELSE 0 END,
  CASE WHEN dice >= 13000 THEN 0 WHEN dice % 2 = 0 THEN 0 WHEN dice % 10 = 1 THEN 1 ELSE 2 END,
  CASE WHEN dice < 5000 THEN 0.6 + dice * 8e-5 WHEN dice < 13000 THEN 0.5 + (dice - 5000) * 1.25e-5
    ELSE 0.1 + dice * 3.5e-7 END,
  1, 1 + number * ${msPerPart} / 28800000, CASE WHEN number % 2 THEN printf('SN%08d', number) END,
  CAST(number AS TEXT), 800, 5000 + dice % 3000, 30000 + dice % 7000, 0, 300 + dice % 100,
  dice < 13000, 640, 480, CAST(printf('%032d', number) AS BLOB),
  unhex(printf('%08x%08x%016x', line, 0, number))
FROM thrown`;

const rollupSql = (table: string, ms: number) => `
INSERT INTO ${table} (start, stream_id, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng, review_none, review_ok, review_ng,
  errors, scored, score_sum, latency_sum_us, latency_max_us, latencies)
SELECT time_ms / ${ms} AS start, stream_id,
  sum(verdict = 0 AND human = 0), sum(verdict = 0 AND human = 1), sum(verdict = 0 AND human = 2),
  sum(verdict = 1 AND human = 0), sum(verdict = 1 AND human = 1), sum(verdict = 1 AND human = 2),
  sum(verdict = 2 AND human = 0), sum(verdict = 2 AND human = 1), sum(verdict = 2 AND human = 2),
  0, count(*), sum(score), sum(decode_us + infer_us + store_us), max(decode_us + infer_us + store_us),
  histogram(count(*))
FROM inspections GROUP BY start, stream_id`;

const scoreSql = `
INSERT INTO score_days (stream_id, start, thresholds_id, by_score, verdict, human, bin, parts)
SELECT stream_id, time_ms / ${scoreDayMs} AS start, thresholds_id, 1, verdict, human, ${scoreBinSql} AS bin, count(*)
FROM inspections GROUP BY stream_id, start, thresholds_id, verdict, human, bin`;

const lotSql = `
INSERT INTO rollup_lots (lot_id, stream_id, first_ms, last_ms, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng,
  review_none, review_ok, review_ng, errors, scored, score_sum, latency_sum_us, latency_max_us)
SELECT lot_id, stream_id, min(time_ms), max(time_ms),
  sum(verdict = 0 AND human = 0), sum(verdict = 0 AND human = 1), sum(verdict = 0 AND human = 2),
  sum(verdict = 1 AND human = 0), sum(verdict = 1 AND human = 1), sum(verdict = 1 AND human = 2),
  sum(verdict = 2 AND human = 0), sum(verdict = 2 AND human = 1), sum(verdict = 2 AND human = 2),
  0, count(score), sum(score), sum(decode_us + infer_us + store_us), max(decode_us + infer_us + store_us)
FROM inspections GROUP BY lot_id, stream_id`;
