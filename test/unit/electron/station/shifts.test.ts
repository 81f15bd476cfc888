import { expect, it } from 'vitest';
import { shiftStarts } from '../../../../electron/station/shifts.ts';

const at = (day: number, hours: number, minutes = 0) => new Date(2026, 5, day, hours, minutes).getTime();

it('gives the shifts that overlap a span and the one after, across midnight', () => {
  const times = ['08:00', '16:30', '23:00'];
  expect(shiftStarts({ fromMs: at(10, 3), toMs: at(10, 17) }, times)).toEqual([
    at(9, 23),
    at(10, 8),
    at(10, 16, 30),
    at(10, 23),
  ]);
  expect(shiftStarts({ fromMs: at(10, 8), toMs: at(10, 8) + 1 }, times)).toEqual([at(10, 8), at(10, 16, 30)]);
});

it('makes one shift a day of a single time', () => {
  expect(shiftStarts({ fromMs: at(10, 3), toMs: at(11, 3) }, ['06:00'])).toEqual([
    at(9, 6),
    at(10, 6),
    at(11, 6),
  ]);
});
