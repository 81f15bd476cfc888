import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, inspectionRows, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(50);
  file.db.exec(catalogueRows + inspectionRows);
  file.db.exec(`
INSERT INTO rollup_hours (start, stream_id, ok_none, ok_ok, ok_ng, ng_none, ng_ok, ng_ng, review_none, review_ok,
  review_ng, errors, scored, score_sum, latency_sum_us, latency_max_us, latencies)
  VALUES (0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0.7, 14, 14, x'')`);
  file.migrateTo(60);
});
afterEach(() => file.remove());

it('keeps the products there are, their parts decided on one look', () => {
  expect(file.db.pragma('user_version', { simple: true })).toBe(60);
  expect(file.db.prepare('SELECT name, smoothing FROM products').all()).toEqual([
    { name: 'disc', smoothing: null },
  ]);
  expect(file.db.prepare('SELECT smoothed, first_looks, looks FROM rollup_hours').all()).toEqual([
    { smoothed: 0, first_looks: 0, looks: 0 },
  ]);
  expect(file.db.prepare('SELECT count(*) AS parts FROM certificates').all()).toEqual([{ parts: 0 }]);
});

it('refuses a certificate that contradicts itself', () => {
  file.db.exec(
    `INSERT INTO smoothings (sigma, alpha, rule, wanted_radius, most_n0, most_n, judged_by)
       VALUES (0.1, 0.01, 'betting', 0.05, 0, 200, '{}')`,
  );
  const insert = (n: number, hits: number, ended: string) => () =>
    file.db.exec(
      `INSERT INTO certificates (inspection_id, smoothing_id, n0, n, hits, predicted, radius, abstained, certified,
         ended, seed) VALUES (1, 1, 0, ${n}, ${hits}, 0, 0.05, 0, 1, '${ended}', 5)`,
    );
  expect(insert(3, 4, 'settled')).toThrow(/CHECK/);
  expect(insert(4, 4, 'lunch')).toThrow(/CHECK/);
  expect(insert(4, 4, 'settled')).not.toThrow();
});
