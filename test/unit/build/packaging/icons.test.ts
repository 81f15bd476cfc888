import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { root } from '../../../../build/folders.ts';
import { drawIcon, icnsFile, icoFile } from '../../../../build/packaging/icons.ts';

const folder = join(root, 'build', 'packaging');

test('an icon is drawn at the size asked for, with round corners that let the ground through', async () => {
  const { data, info } = await sharp(await drawIcon(128))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([128, 128, 4]);
  const alphaAt = (x: number, y: number) => data[(y * 128 + x) * 4 + 3];
  expect([alphaAt(0, 0), alphaAt(127, 127), alphaAt(64, 2)]).toEqual([0, 0, 255]);
});

describe('the files of the systems', () => {
  const png = Buffer.from('picture');

  test('Windows: each picture with its size and place', () => {
    const file = icoFile(
      new Map([
        [16, png],
        [256, Buffer.from('large')],
      ]),
    );
    expect([file.readUInt16LE(2), file.readUInt16LE(4)]).toEqual([1, 2]);
    const second = 6 + 16;
    expect(file[second]).toBe(0);
    const [length, offset] = [file.readUInt32LE(second + 8), file.readUInt32LE(second + 12)];
    expect(file.subarray(offset, offset + length).toString()).toBe('large');
  });

  test('macOS: each picture behind its type and length', () => {
    const file = icnsFile([['ic07', png]]);
    expect(file.subarray(0, 4).toString()).toBe('icns');
    expect(file.readUInt32BE(4)).toBe(file.length);
    expect(file.subarray(8, 12).toString()).toBe('ic07');
    expect(file.subarray(16).toString()).toBe('picture');
  });

  test('that are delivered are those of the page’s icon', async () => {
    const delivered = await sharp(join(folder, 'icons', '256x256.png'))
      .raw()
      .toBuffer();
    const drawn = await sharp(await drawIcon(256))
      .raw()
      .toBuffer();
    // Another version of the drawing library may round differently.
    const differing = drawn.filter((value, at) => Math.abs(value - delivered[at]!) > 8).length;
    expect(differing / drawn.length).toBeLessThan(0.01);
    expect(
      readFileSync(join(folder, 'icon.ico')).includes(readFileSync(join(folder, 'icons', '256x256.png'))),
    ).toBe(true);
    expect(
      readFileSync(join(folder, 'icon.icns')).includes(readFileSync(join(folder, 'icons', '512x512.png'))),
    ).toBe(true);
  });
});
