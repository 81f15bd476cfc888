import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { countKeptOk } from '../../electron/store/keptPictures.ts';
import type { Store } from '../../electron/store/open.ts';
import { addLine, newPart, openForTest, temporaryPaths, type Line } from './support/station.ts';

const folder = temporaryPaths();
let db: Store['db'];
let disc: Line;
let tile: Line;
let number = 0;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  [disc, tile] = [addLine(db, 'disc'), addLine(db, 'tile')];
});
afterEach(() => {
  db.close();
  folder.remove();
});

function record(line: Line, verdict: Verdict, imageKept: boolean): void {
  recordInspections(db, [newPart(line, number++, { verdict, imageKept })]);
}

it("counts a product's OK parts with their picture, up to a limit", () => {
  for (let i = 0; i < 5; i++) record(disc, 'OK', true);
  record(disc, 'OK', false);
  record(disc, 'NG', true);
  record(tile, 'OK', true);
  expect(countKeptOk(db, disc.productId, 200)).toBe(5);
  expect(countKeptOk(db, tile.productId, 200)).toBe(1);
  expect(countKeptOk(db, disc.productId, 3)).toBe(3);
  expect(countKeptOk(db, 99, 3)).toBe(0);
});
