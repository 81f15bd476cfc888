import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(80);
  file.db.exec(catalogueRows + inspectionRows);
  file.migrateTo(130);
});
afterEach(() => file.remove());

it('sums up the lots that are on record', () => {
  expect(file.db.prepare('SELECT * FROM rollup_lots').all()).toMatchObject([
    {
      lot_id: 1,
      stream_id: 1,
      first_ms: 1000,
      last_ms: 1000,
      ng_ok: 1,
      ng_none: 0,
      scored: 1,
      score_sum: 0.7,
    },
  ]);
  expect(file.db.prepare('SELECT latency_sum_us, latency_max_us FROM rollup_lots').get()).toEqual({
    ...{ latency_sum_us: 2 + 3 + 4 + 5, latency_max_us: 2 + 3 + 4 + 5 },
  });
});
