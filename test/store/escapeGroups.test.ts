import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Grouping, TrendPeriod } from '../../electron/contract/trends.ts';
import { addShare, isDrawn, listShares } from '../../electron/store/auditShares.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { escapeGroups } from '../../electron/store/escapeGroups.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { trendGroups, type SpanStarts } from '../../electron/store/trendGroups.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
let lines: Line[];
const hour = 3_600_000;
const parts = 900;
const apartMs = 60_000;
/** In the middle of an hour and of a lot, and of a minute. */
const changedMs = startMs + 400.5 * apartMs;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  lines = ['disc', 'tile'].map((name) => addLine(db, name));
  for (const { productId } of lines)
    addShare(db, { productId, fromMs: startMs, perTenThousand: 2000, salt: 's' });
  addShare(db, { productId: lines[0]!.productId, fromMs: changedMs, perTenThousand: 8000, salt: 's' });
  const random = seededRandom(3);
  const recorded = recordInspections(
    db,
    Array.from({ length: parts }, (_, i) => {
      const line = lines[i % 2]!;
      const timeMs = startMs + i * apartMs;
      const part = newPart(line, i, {
        timeMs,
        lot: i < 300 ? 'A' : i < 700 ? 'B' : '',
        verdict: i % 9 === 0 ? 'NG' : 'OK',
      });
      const share = listShares(db, line.productId).findLast(({ fromMs }) => fromMs <= timeMs)!;
      return { ...part, auditShareId: isDrawn(part.key, share) ? share.id : null };
    }),
  );
  for (const { inspection } of recorded) {
    if (random.integer(2) === 0) continue;
    const word = random.integer(6) === 0 ? 'ng' : 'ok';
    giveFeedback(db, { inspectionId: inspection.id, word, reason: '' }, startMs);
    if (random.integer(4) === 0) withdrawFeedback(db, inspection.id, startMs);
  }
});
afterEach(() => {
  db.close();
  folder.remove();
});

const starts: SpanStarts = (by, { fromMs, toMs }) => {
  // Shifts of five hours from half past six.
  const [length, offset] = by === 'day' ? [24 * hour, 0] : [5 * hour, 6.5 * hour];
  const found = [Math.floor((fromMs - offset) / length) * length + offset];
  while (found.at(-1)! < toMs) found.push(found.at(-1)! + length);
  return found;
};
const all = { productId: null, sourceId: null, modelId: null };

it.each([
  ...(['minute', 'hour', 'shift', 'day', 'lot', 'product', 'model'] as const).map(
    (by) => [by, 'all'] as const,
  ),
  ...(['hour', 'lot'] as const).map((by) => [by, 'one'] as const),
])('the parts called OK by %s are those on record, counted one by one (%s)', (by: Grouping, which) => {
  const filter = which === 'all' ? all : { ...all, productId: lines[0]!.productId };
  const period: TrendPeriod = { by, filter, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const groups = trendGroups(db, period, starts);
  const found = escapeGroups(db, period, groups);
  expect(found.map(sorted)).toEqual(
    groups.map((group) => sorted(recounted({ ...group, ...filterOf(group) }))),
  );
  const total = found.flat().reduce((sum, { judged }) => sum + judged, 0);
  expect(total).toBeGreaterThan(50);

  function filterOf(group: (typeof groups)[number]) {
    return { productId: group.productId ?? filter.productId };
  }
});

it('has no groups of nothing', () => {
  const period: TrendPeriod = { by: 'hour', filter: all, fromMs: 0, toMs: startMs - hour };
  expect(escapeGroups(db, period, trendGroups(db, period, starts))).toEqual([]);
});

type Strata = ReturnType<typeof escapeGroups>[number];

function sorted(strata: Strata): Strata {
  return strata.toSorted((a, b) => a.productId - b.productId || a.perTenThousand - b.perTenThousand);
}

/** From the parts themselves. */
function recounted(group: {
  fromMs: number;
  toMs: number;
  lot: string | null;
  productId: number | null;
  modelId: number | null;
}) {
  return db
    .prepare<unknown[], Strata[number]>(
      `SELECT product_id AS productId, model_id AS modelId,
         CASE WHEN product_id = ? AND time_ms >= ? THEN 8000 ELSE 2000 END AS perTenThousand, count(*) AS passed,
         sum(drawn) AS drawn, sum(drawn AND human > 0) AS judged, sum(drawn AND human = 2) AS escapes,
         sum(human = 2) AS known
       FROM (SELECT inspections.*, id IN (SELECT inspection_id FROM audit_sample) AS drawn FROM inspections) AS parts
         JOIN streams ON streams.id = parts.stream_id LEFT JOIN lots ON lots.id = lot_id
       WHERE verdict = 0 AND time_ms >= ? AND time_ms < ? AND product_id = ifnull(?, product_id)
         AND model_id = ifnull(?, model_id) AND ifnull(lots.name, '') = ifnull(?, ifnull(lots.name, ''))
       GROUP BY 1, 2, 3`,
    )
    .all(lines[0]!.productId, changedMs, group.fromMs, group.toMs, group.productId, group.modelId, group.lot);
}
