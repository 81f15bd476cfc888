import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(160);
  file.db.exec(`${catalogueRows + inspectionRows}
    INSERT INTO audit_shares (product_id, from_ms, per_ten_thousand, salt) VALUES (1, 0, 10000, 's');
    INSERT INTO inspections (time_ms, stream_id, verdict, human, lot_id, origin, wait_us, decode_us, infer_us, smooth_us,
      store_us, image_kept, part_key)
      VALUES (3600000, 1, 0, 2, 1, '2', 1, 2, 3, 4, 5, 0, unhex('${'00'.repeat(15)}02')),
        (3600001, 1, 0, 0, NULL, '3', 1, 2, 3, 4, 5, 0, unhex('${'00'.repeat(15)}03'));
    INSERT INTO audit_sample VALUES (2, 1, 3600000, 1, 2), (3, 1, 3600001, 1, 0);
    INSERT INTO rollup_lots VALUES (1, 1, 1000, 3600000, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0.7, 28, 14);`);
  file.migrateTo(180);
});
afterEach(() => file.remove());

it('sums up the audit sample that is on record, by hour and by lot', () => {
  expect(file.db.prepare('SELECT * FROM audit_sample_hours').all()).toEqual([
    { start: 1, stream_id: 1, share_id: 1, drawn: 2, ok: 0, ng: 1 },
  ]);
  expect(file.db.prepare('SELECT * FROM audit_sample_lots').all()).toEqual([
    { lot_id: 1, stream_id: 1, share_id: 1, drawn: 1, ok: 0, ng: 1 },
  ]);
});

it('tells no latencies of lots whose parts it has not counted, and puts no part off', () => {
  expect(file.db.prepare('SELECT latencies FROM rollup_lots').all()).toEqual([{ latencies: null }]);
  expect(file.db.prepare('SELECT * FROM put_off').all()).toEqual([]);
  expect(file.db.prepare('SELECT * FROM odd_pictures').all()).toEqual([]);
});
