import { expect, it } from 'vitest';
import { Formats } from '../../../renderer/src/i18n/formats.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [365_400, '365 kB'],
  [999_700, '1 MB'],
  [3_090_000, '3.09 MB'],
  [72_534_000_000, '72.5 GB'],
  [4_200_000_000_000_000, '4,200 TB'],
])('writes %d bytes in the unit that suits: %s', (bytes, text) => {
  expect(new Formats('en-GB').bytes(bytes)).toBe(text);
  expect(new Formats('ja-JP').bytes(bytes)).toBe(text);
});
