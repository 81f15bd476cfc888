import { afterEach, beforeEach, expect, it } from 'vitest';
import { scoreBin } from '../../../electron/store/scoreBins.ts';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

const day = 86_400_000;
let file: MigratedFile;

beforeEach(() => {
  file = fileOfVersion(50);
  file.db.exec(catalogueRows + inspectionRows);
  const part = (number: number, timeMs: number, verdict: number, score: number | null) =>
    `(${timeMs}, 1, ${verdict}, 0, ${score}, 1, '${number}', 0, 0, 0, 0, 0, 0, unhex('${'00'.repeat(15)}0${number}'))`;
  file.db.exec(`
INSERT INTO inspections (time_ms, stream_id, verdict, human, score, thresholds_id, origin, wait_us, decode_us,
  infer_us, smooth_us, store_us, image_kept, part_key) VALUES
  ${part(2, day - 1, 0, 0.3)}, ${part(3, 5, 0, 0.3001)}, ${part(4, day, 2, 0.3)}, ${part(5, day, 2, null)}`);
  file.migrateTo(70);
});
afterEach(() => file.remove());

it('sums the scores that are on record already, in the bins that are counted in from now on', () => {
  const sums = file.db
    .prepare('SELECT start, by_score, verdict, human, bin, parts FROM score_days ORDER BY start, verdict')
    .all();
  expect(scoreBin(0.3)).toBe(scoreBin(0.3001));
  expect(sums).toEqual([
    { start: 0, by_score: 1, verdict: 0, human: 0, bin: scoreBin(0.3), parts: 2 },
    { start: 0, by_score: 1, verdict: 1, human: 1, bin: scoreBin(0.7), parts: 1 },
    // A review although its score is below both thresholds.
    { start: 1, by_score: 0, verdict: 2, human: 0, bin: scoreBin(0.3), parts: 1 },
  ]);
});

it('leaves the thresholds of models as they are, without a pair before', () => {
  expect(
    file.db.prepare('SELECT review_from, ng_from, previous_review_from, previous_ng_from FROM models').all(),
  ).toEqual([{ review_from: 0.5, ng_from: 0.6, previous_review_from: null, previous_ng_from: null }]);
});
