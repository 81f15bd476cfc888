import { afterEach, beforeEach, expect, it } from 'vitest';
import { AuditSampling } from '../../../../../electron/station/review/auditSampling.ts';
import type { WritableDb } from '../../../../../electron/store/db.ts';
import { numberedPartKey } from '../../../../../electron/store/partKey.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import { addLine, openForTest, startMs, temporaryPaths } from '../../../../store/support/station.ts';

const folder = temporaryPaths();
let db: WritableDb;
let productId: number;
beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  ({ productId } = addLine(db, 'disc'));
});
afterEach(() => {
  db.close();
  folder.remove();
});

const keys = Array.from({ length: 3000 }, (_, i) => numberedPartKey(1, i));
const drawnBy = (sampling: AuditSampling) =>
  keys.filter((key) => sampling.draw(productId, key, startMs) !== null);

it('draws one part in a hundred until told otherwise, and the same ones after a restart', () => {
  const drawn = drawnBy(new AuditSampling(db, seededRandom(1).uniform));
  expect(drawn.length).toBeGreaterThan(10);
  expect(drawn.length).toBeLessThan(60);
  expect(drawnBy(new AuditSampling(db, seededRandom(2).uniform))).toEqual(drawn);
});

it('draws by the new share from the moment it is set', () => {
  const sampling = new AuditSampling(db, seededRandom(1).uniform);
  const before = sampling.share(productId, startMs);
  const share = sampling.set(productId, 10_000, startMs + 5);
  expect(share.id).not.toBe(before.id);
  expect(share.salt).toBe(before.salt);
  expect(sampling.draw(productId, keys[0]!, startMs + 6)).toBe(share.id);
  sampling.set(productId, 0, startMs + 9);
  expect(drawnBy(sampling)).toEqual([]);
});
