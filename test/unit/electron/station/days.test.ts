import { afterEach, describe, expect, it } from 'vitest';
import { dayStarts } from '../../../../electron/station/days.ts';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string) => Date.parse(text);

describe('dayStarts', () => {
  it('are the midnights of the place', () => {
    process.env['TZ'] = 'Asia/Tokyo';
    expect(dayStarts(at('2026-11-23T03:00Z'), at('2026-11-24T16:00Z'))).toEqual(
      ['2026-11-22T15:00Z', '2026-11-23T15:00Z', '2026-11-24T15:00Z', '2026-11-25T15:00Z'].map(at),
    );
  });

  it('have 23 or 25 hours when the clocks change', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const hours = (from: string, to: string) => {
      const starts = dayStarts(at(from), at(to));
      return starts.slice(1).map((start, i) => (start - (starts[i] as number)) / 3_600_000);
    };
    expect(hours('2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([24, 23, 24]);
    expect(hours('2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([24, 25, 24]);
  });

  it('give one day for a moment, and begin where the span begins', () => {
    process.env['TZ'] = 'UTC';
    const midnight = at('2026-11-23T00:00Z');
    expect(dayStarts(midnight, midnight + 1)).toEqual([midnight, midnight + 86_400_000]);
    expect(dayStarts(midnight, midnight + 86_400_000)).toHaveLength(2);
  });
});
