import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../native-models/images/decode.ts';
import { bmpFile, packRows } from './bmpFiles.ts';

const palette = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 255, 0],
  [10, 20, 30],
] as const;

describe('bitmaps', () => {
  test.each([
    [1, [[0, 1, 1, 0, 1, 0, 0, 1, 1]]],
    [
      4,
      [
        [0, 3, 2],
        [1, 1, 0],
      ],
    ],
    [
      8,
      [
        [0, 3, 2, 1, 1],
        [1, 1, 0, 2, 3],
      ],
    ],
  ])('%i-bit palette', async (bits, rows) => {
    const width = rows[0]!.length;
    const file = bmpFile({
      width,
      height: rows.length,
      bits,
      palette: palette.slice(0, 2 ** bits),
      pixels: packRows(rows, bits),
    });
    const picture = await decodeImage(file);
    expect(picture).toMatchObject({ width, height: rows.length, channels: 3, depth: 8 });
    expect([...picture.data]).toEqual(rows.flat().flatMap((index) => palette[index]!));
  });

  test('a palette of greys gives one channel', async () => {
    const greys = Array.from({ length: 256 }, (_, i) => [i, i, i] as const);
    const file = bmpFile({
      width: 3,
      height: 1,
      bits: 8,
      palette: greys,
      pixels: packRows([[7, 200, 0]], 8),
    });
    const picture = await decodeImage(file);
    expect(picture.channels).toBe(1);
    expect([...picture.data]).toEqual([7, 200, 0]);
  });

  test('16 bit: five bits each, and masks of 5-6-5', async () => {
    const plain = bmpFile({ width: 2, height: 1, bits: 16, pixels: Uint8Array.of(0x00, 0x7c, 0x1f, 0x00) });
    expect([...(await decodeImage(plain)).data]).toEqual([255, 0, 0, 0, 0, 255]);
    const masked = bmpFile({
      width: 2,
      height: 1,
      bits: 16,
      compression: 3,
      masks: [0xf800, 0x07e0, 0x001f],
      pixels: Uint8Array.of(0xe0, 0x07, 0x00, 0x80),
    });
    expect([...(await decodeImage(masked)).data]).toEqual([0, 255, 0, Math.round((16 * 255) / 31), 0, 0]);
  });

  test('24 bit with padded rows, bottom-up and top-down', async () => {
    const pixels = Uint8Array.of(3, 2, 1, 0, 6, 5, 4, 0);
    const up = await decodeImage(bmpFile({ width: 1, height: 2, bits: 24, pixels }));
    const down = await decodeImage(bmpFile({ width: 1, height: 2, bits: 24, pixels, topDown: true }));
    expect([...up.data]).toEqual([4, 5, 6, 1, 2, 3]);
    expect([...down.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('32 bit ignores the fourth byte and follows the masks', async () => {
    const plain = bmpFile({ width: 1, height: 1, bits: 32, pixels: Uint8Array.of(3, 2, 1, 99) });
    expect([...(await decodeImage(plain)).data]).toEqual([1, 2, 3]);
    const swapped = bmpFile({
      width: 1,
      height: 1,
      bits: 32,
      compression: 3,
      masks: [0xff, 0xff00, 0xff000000],
      pixels: Uint8Array.of(3, 2, 99, 200),
    });
    expect([...(await decodeImage(swapped)).data]).toEqual([3, 2, 200]);
  });

  test('8-bit runs: runs, literals, end of line, jump, end', async () => {
    const pixels = Uint8Array.of(3, 1, 0, 0, 0, 3, 2, 3, 1, 0, 0, 2, 1, 0, 1, 2, 0, 1);
    const file = bmpFile({ width: 5, height: 2, bits: 8, compression: 1, palette, pixels });
    const picture = await decodeImage(file);
    const [bottom, top] = [
      [1, 1, 1, 0, 0],
      [2, 3, 1, 0, 2],
    ];
    expect([...picture.data]).toEqual([...top!, ...bottom!].flatMap((index) => palette[index]!));
  });

  test('4-bit runs alternate two values', async () => {
    const pixels = Uint8Array.of(5, 0x12, 0, 0, 0, 4, 0x31, 0x20, 0, 1);
    const file = bmpFile({ width: 5, height: 2, bits: 4, compression: 2, palette, pixels });
    const picture = await decodeImage(file);
    const indices = [3, 1, 2, 0, 0, 1, 2, 1, 2, 1];
    expect([...picture.data]).toEqual(indices.flatMap((index) => palette[index]!));
  });

  test('cut off, absurd and unknown ones are refused by name', async () => {
    const whole = bmpFile({ width: 4, height: 4, bits: 24, pixels: new Uint8Array(48) });
    await expect(decodeImage(whole.subarray(0, 80))).rejects.toMatchObject({ kind: 'imageIncomplete' });
    await expect(decodeImage(whole.subarray(0, 20))).rejects.toMatchObject({ kind: 'imageIncomplete' });
    const huge = bmpFile({ width: 60_000, height: 60_000, bits: 24, pixels: new Uint8Array(48) });
    await expect(decodeImage(huge)).rejects.toMatchObject({ kind: 'imageTooLarge' });
    const odd = bmpFile({ width: 4, height: 4, bits: 24, compression: 1, pixels: new Uint8Array(48) });
    await expect(decodeImage(odd)).rejects.toMatchObject({ kind: 'imageUnreadable' });
    const runs = bmpFile({
      width: 9,
      height: 9,
      bits: 8,
      compression: 1,
      palette,
      pixels: Uint8Array.of(3, 1),
    });
    await expect(decodeImage(runs)).rejects.toMatchObject({ kind: 'imageIncomplete' });
  });
});
