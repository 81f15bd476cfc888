import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countOpenSample, openSample } from '../../electron/store/auditSample.ts';
import { addShare, isDrawn, listShares, type AuditShare } from '../../electron/store/auditShares.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { escapeStrata } from '../../electron/store/escapeEstimate.ts';
import { giveFeedback, withdrawFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newPart, openForTest, startMs, temporaryPaths, type Line } from './support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
let lines: [Line, Line];
let number = 0;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  lines = [addLine(db, 'disc'), addLine(db, 'tile')];
  number = 0;
});
afterEach(() => {
  db.close();
  folder.remove();
});

const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const salt = 'ab';

/** Parts a second apart from a moment on, all called OK, drawn by a share. */
function record(line: Line, count: number, share: AuditShare | null, fromMs: number) {
  const parts = Array.from({ length: count }, (_, i) => {
    const part = newPart(line, number++, { timeMs: fromMs + i * 1000 });
    return { ...part, auditShareId: share !== null && isDrawn(part.key, share) ? share.id : null };
  });
  return recordInspections(db, parts).map(({ inspection }) => inspection.id);
}

describe('the draw', () => {
  it('takes the stated share, the same parts each time, and keeps them when the share grows', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => numberedPartKey(1, i));
    const drawn = (perTenThousand: number) => keys.filter((key) => isDrawn(key, { salt, perTenThousand }));
    const [few, many] = [drawn(200), drawn(1000)];
    expect(few.length / keys.length).toBeCloseTo(0.02, 2);
    expect(many.length / keys.length).toBeCloseTo(0.1, 1);
    expect(few.filter((key) => !many.includes(key))).toEqual([]);
    expect(drawn(200)).toEqual(few);
    expect(drawn(0)).toEqual([]);
    expect(drawn(10_000)).toEqual(keys);
    expect(keys.filter((key) => isDrawn(key, { salt: 'other', perTenThousand: 200 }))).not.toEqual(few);
  });

  it('keeps the first salt of a product when the share changes', () => {
    const { productId } = lines[0];
    addShare(db, { productId, fromMs: 1, perTenThousand: 100, salt });
    addShare(db, { productId, fromMs: 2, perTenThousand: 300, salt: 'new' });
    expect(listShares(db, productId).map((share) => [share.perTenThousand, share.salt])).toEqual([
      [100, salt],
      [300, salt],
    ]);
  });
});

describe('what is known of the parts called OK', () => {
  it('counts drawn parts and all parts apart for each share that was in force', () => {
    const { productId, modelId } = lines[0];
    record(lines[0], 500, null, startMs);
    const half = addShare(db, { productId, fromMs: startMs + 500_000, perTenThousand: 5000, salt });
    const first = record(lines[0], 1000, half, startMs + 500_000);
    const changedMs = startMs + 1_500_500;
    const all = addShare(db, { productId, fromMs: changedMs, perTenThousand: 10_000, salt });
    const last = record(lines[0], 200, all, changedMs);
    for (const id of last.slice(0, 50))
      giveFeedback(db, { inspectionId: id, word: 'ok', reason: '' }, startMs);
    giveFeedback(db, { inspectionId: last[0]!, word: 'ng', reason: '' }, startMs);
    const undrawn = first.find((id) => openIds().every((open) => open !== id))!;
    giveFeedback(db, { inspectionId: undrawn, word: 'ng', reason: '' }, startMs);

    const strata = escapeStrata(db, {}, everything);
    const drawn = strata[1]!.drawn;
    expect(drawn).toBeGreaterThan(420);
    expect(drawn).toBeLessThan(580);
    const own = { productId, modelId };
    expect(strata).toEqual([
      { ...own, perTenThousand: 0, passed: 500, drawn: 0, judged: 0, escapes: 0, known: 0 },
      { ...own, perTenThousand: 5000, passed: 1000, drawn, judged: 0, escapes: 0, known: 1 },
      { ...own, perTenThousand: 10_000, passed: 200, drawn: 200, judged: 50, escapes: 1, known: 1 },
    ]);
    expect(escapeStrata(db, { productId: lines[1].productId }, everything)).toEqual([]);
  });

  it('is right for any part of a period, whatever words were given and taken back', () => {
    const shares = lines.map(({ productId }) =>
      addShare(db, { productId, fromMs: startMs, perTenThousand: 3000, salt }),
    );
    const random = seededRandom(5);
    const ids = [
      ...record(lines[0], 4000, shares[0]!, startMs),
      ...record(lines[1], 4000, shares[1]!, startMs),
    ];
    for (let i = 0; i < 1500; i++) {
      const inspectionId = ids[random.integer(ids.length)]!;
      const word = random.integer(2) === 0 ? 'ok' : 'ng';
      giveFeedback(db, { inspectionId, word, reason: '' }, startMs);
      if (random.integer(3) === 0) withdrawFeedback(db, inspectionId, startMs);
    }
    for (const filter of [{}, { productId: lines[1].productId }, { modelId: lines[0].modelId }]) {
      for (let i = 0; i < 20; i++) {
        const [a, b] = [random.integer(4_000_000), random.integer(4_000_000)];
        const span = { fromMs: startMs + Math.min(a, b), toMs: startMs + Math.max(a, b) };
        expect(escapeStrata(db, filter, span)).toEqual(recounted(filter, span));
      }
    }
  });

  it('lists the drawn parts that nobody has judged, newest first, page by page', () => {
    const share = addShare(db, {
      ...{ productId: lines[0].productId, fromMs: startMs, salt },
      perTenThousand: 2000,
    });
    const ids = record(lines[0], 300, share, startMs);
    const all = openIds();
    expect(all).toEqual([...all].sort((a, b) => b - a));
    expect(countOpenSample(db, {}, everything)).toBe(all.length);
    const [first] = openSample(db, {}, everything, null, 1);
    expect(openSample(db, {}, everything, first!, 500).map(({ id }) => id)).toEqual(all.slice(1));
    giveFeedback(db, { inspectionId: all[3]!, word: 'ok', reason: '' }, startMs);
    expect(openIds()).toEqual(all.filter((_, i) => i !== 3));
    expect(countOpenSample(db, { productId: lines[1].productId }, everything)).toBe(0);
    expect(ids.length).toBeGreaterThan(all.length);
  });

  it('never takes in a part that was not called OK', () => {
    const { productId } = lines[0];
    const share = addShare(db, { productId, fromMs: startMs, perTenThousand: 10_000, salt });
    recordInspections(db, [{ ...newPart(lines[0], 1, { verdict: 'NG' }), auditShareId: share.id }]);
    recordInspections(db, [{ ...newPart(lines[0], 2, { verdict: 'REVIEW' }), auditShareId: share.id }]);
    expect(openIds()).toEqual([]);
  });
});

function openIds(): number[] {
  return openSample(db, {}, everything, null, 10_000).map(({ id }) => id);
}

/** From the parts themselves. */
function recounted(
  { productId, modelId }: { productId?: number; modelId?: number },
  { fromMs, toMs }: typeof everything,
) {
  return db
    .prepare(
      `SELECT product_id AS productId, model_id AS modelId, 3000 AS perTenThousand, count(*) AS passed,
         count(share_id) AS drawn, sum(share_id IS NOT NULL AND inspections.human > 0) AS judged,
         sum(share_id IS NOT NULL AND inspections.human = 2) AS escapes, sum(inspections.human = 2) AS known
       FROM inspections JOIN streams ON streams.id = inspections.stream_id
         LEFT JOIN audit_sample ON audit_sample.inspection_id = inspections.id
       WHERE inspections.time_ms >= ? AND inspections.time_ms < ? AND product_id = ifnull(?, product_id)
         AND model_id = ifnull(?, model_id) GROUP BY 1, 2`,
    )
    .all(fromMs, toMs, productId ?? null, modelId ?? null);
}
