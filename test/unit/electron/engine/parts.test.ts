import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quantise } from '../../../../electron/engine/lanes/anomalyMap.ts';
import { findKept, keepPicture } from '../../../../electron/engine/keptPictures.ts';
import { limiter } from '../../../../electron/engine/lanes/limiter.ts';
import { pictureRing } from '../../../../electron/engine/pictureRing.ts';

describe('quantise', () => {
  const bytesOf = (data: string) => [...Buffer.from(data, 'base64')];

  it('maps the lowest value to 0 and the highest to 255', () => {
    const map = quantise({ width: 3, height: 1, data: Float32Array.of(-1, 0, 1) });
    expect(map).toMatchObject({ width: 3, height: 1, low: -1, high: 1 });
    expect(bytesOf(map.data)).toEqual([0, 128, 255]);
  });

  it('gives a flat map no structure', () => {
    const map = quantise({ width: 2, height: 1, data: Float32Array.of(7, 7) });
    expect(map).toMatchObject({ low: 7, high: 7 });
    expect(bytesOf(map.data)).toEqual([0, 0]);
  });

  it('keeps the highest value of each block when it shrinks', () => {
    const side = 600;
    const data = new Float32Array(side * side);
    data[599 * side + 599] = 5;
    const map = quantise({ width: side, height: side, data });
    expect(map).toMatchObject({ width: 120, height: 120, high: 5 });
    const bytes = bytesOf(map.data);
    expect(bytes.at(-1)).toBe(255);
    expect(bytes.filter((byte) => byte > 0)).toHaveLength(1);
  });
});

describe('pictureRing', () => {
  const picture = (size: number) => ({ bytes: new Uint8Array(size), hash: 'h', extension: 'png' });

  it('forgets the oldest beyond its number', () => {
    const ring = pictureRing(2, 1000);
    for (const key of ['a', 'b', 'c']) ring.add(key, picture(10));
    expect(ring.get('a')).toBeUndefined();
    expect(ring.get('b')).toBeDefined();
    expect(ring.bytes).toBe(20);
  });

  it('forgets the oldest beyond its memory, and counts a replaced picture once', () => {
    const ring = pictureRing(10, 100);
    ring.add('a', picture(60));
    ring.add('a', picture(70));
    expect(ring.bytes).toBe(70);
    ring.add('b', picture(40));
    expect(ring.get('a')).toBeUndefined();
    expect(ring.bytes).toBe(40);
  });

  it('does not keep what is larger than all of it', () => {
    const ring = pictureRing(10, 100);
    ring.add('a', picture(101));
    expect(ring.get('a')).toBeUndefined();
    expect(ring.bytes).toBe(0);
  });
});

describe('limiter', () => {
  it('lets in so many at a time, in order, and counts a second leave once', async () => {
    const limit = limiter(2);
    const entered: string[] = [];
    const enter = async (name: string) => {
      const leave = await limit.enter();
      entered.push(name);
      return leave;
    };
    const leaveA = await enter('a');
    await enter('b');
    const c = enter('c');
    const d = enter('d');
    await Promise.resolve();
    expect(entered).toEqual(['a', 'b']);
    leaveA();
    leaveA();
    const leaveC = await c;
    await new Promise((resolve) => setImmediate(resolve));
    expect(entered).toEqual(['a', 'b', 'c']);
    leaveC();
    await d;
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('keepPicture', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'kenro-kept-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const picture = { bytes: Buffer.from('picture'), hash: `ab${'0'.repeat(62)}`, extension: 'tif' };

  it('writes a picture under its hash and leaves nothing else', async () => {
    await keepPicture(dir, picture);
    expect(await readdir(dir, { recursive: true })).toEqual(['ab', join('ab', `${picture.hash}.tif`)]);
    const path = await findKept(dir, picture.hash);
    expect(await readFile(path as string, 'utf8')).toBe('picture');
  });

  it('replaces a file of another size, which a power cut has cut short', async () => {
    await keepPicture(dir, picture);
    const path = (await findKept(dir, picture.hash)) as string;
    await writeFile(path, 'pic');
    await keepPicture(dir, picture);
    expect(await readFile(path, 'utf8')).toBe('picture');
  });

  it('says that the place cannot be written', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(keepPicture(join(dir, 'file'), picture)).rejects.toThrow();
    expect(await findKept(dir, 'f'.repeat(64))).toBeNull();
  });
});
