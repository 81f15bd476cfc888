import { expect, it } from 'vitest';
import { daysUntilFull, type Filling } from '../../../../../electron/station/backups/daysUntilFull.ts';

const gb = 1e9;
const filling: Filling = {
  freeBytes: 100 * gb,
  okBytes: 0,
  stayingBytes: 0,
  databaseADay: 0.1 * gb,
  okADay: 1.8 * gb,
  stayingADay: 0.1 * gb,
};
const forEver = { okDays: null, mostGb: null };

it('without retention, all that comes in counts', () => {
  expect(daysUntilFull(filling, forEver)).toBe(50);
  expect(daysUntilFull({ ...filling, freeBytes: 0 }, forEver)).toBe(0);
});

it('by age, pictures of OK parts grow only until the oldest go', () => {
  // 30 days of them are 54 GB; the other 46 GB last 230 days at 0.2 GB a day.
  expect(daysUntilFull(filling, { ...forEver, okDays: 30 })).toBe(230);
  // They are there already: only the rest grows.
  expect(daysUntilFull({ ...filling, okBytes: 54 * gb }, { ...forEver, okDays: 30 })).toBe(500);
  expect(daysUntilFull(filling, { ...forEver, okDays: 60 })).toBe(50);
});

it('by size, pictures grow up to the limit, and beyond it only those that must stay', () => {
  // From day 200 on, pictures that stay are more than 20 GB: they and the database fill the disk at 0.2 GB a day in all.
  expect(daysUntilFull(filling, { ...forEver, mostGb: 20 })).toBe(500);
  expect(daysUntilFull({ ...filling, stayingADay: 0 }, { ...forEver, mostGb: 20 })).toBe(800);
});

it('says nothing where it does not fill within ten years', () => {
  const slow = { ...filling, databaseADay: 0.001 * gb, stayingADay: 0.001 * gb };
  expect(daysUntilFull(slow, { ...forEver, okDays: 30 })).toBeNull();
});
