import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(160);
  file.migrateTo(200);
});
afterEach(() => file.remove());

it('finds by its index whether a picture is still needed', () => {
  const plan = file.db
    .prepare('EXPLAIN QUERY PLAN SELECT 1 FROM inspections WHERE image_hash = ? AND image_kept = 1 LIMIT 1')
    .all(Buffer.alloc(32)) as { detail: string }[];
  expect(plan.map(({ detail }) => detail).join()).toContain('inspections_by_kept');
});
