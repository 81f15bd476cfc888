import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../electron/platform/clock.ts';
import type { Part } from '../../../../electron/station/part.ts';
import { Camera } from '../../../../electron/station/sources/camera.ts';
import { numberedPartKey } from '../../../../electron/store/partKey.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

async function camera(
  spoolDir: string,
  { firstIndex = 0, onRecord = [] as string[] } = {},
): Promise<{ camera: Camera; available: () => number }> {
  let told = 0;
  const made = new Camera({
    id: 3,
    spoolDir,
    firstIndex,
    onRecord: (keys) => keys.map((key) => onRecord.includes(key)),
    clock: systemClock,
    events: {
      available: () => told++,
      changed: () => undefined,
      failed: (thrown) => {
        throw thrown;
      },
    },
  });
  await made.start();
  return { camera: made, available: () => told };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function contentOf(part: Part | null): Promise<string> {
  return readFile((part?.image as { path: string }).path, 'utf8');
}

describe('a frame', () => {
  test('is on disk before its arrival is confirmed, and gone when it is on record', async () => {
    const spool = await temporaryFolder();
    const { camera: source, available } = await camera(spool);
    await source.receive(base64('frame'), 'S-1');
    expect(await readdir(spool)).toHaveLength(2);
    expect(available()).toBe(1);

    const part = source.take();
    expect(part).toMatchObject({ key: numberedPartKey(3, 0), origin: '0', serial: 'S-1' });
    expect(await contentOf(part)).toBe('frame');
    source.recorded(part as Part);
    await expect.poll(() => readdir(spool)).toEqual([]);
  });

  test('keeps its place in the order of triggering, whatever the sizes', async () => {
    const { camera: source } = await camera(await temporaryFolder());
    const contents = ['x'.repeat(3_000_000), 'short', 'y'.repeat(1_000_000), 'tiny'];
    await Promise.all(contents.map((content) => source.receive(base64(content), '')));
    for (const content of contents) expect(await contentOf(source.take())).toBe(content);
    expect(source.take()).toBeNull();
  });

  test('that is no picture data at all is refused', async () => {
    const { camera: source } = await camera(await temporaryFolder());
    await expect(Promise.resolve().then(() => source.receive('***', ''))).rejects.toMatchObject({
      kind: 'badRequest',
    });
    expect(source.waiting).toBe(0);
  });

  test('is refused while the source is stopped', async () => {
    const { camera: source } = await camera(await temporaryFolder());
    await source.stop();
    await expect(source.receive(base64('x'), '')).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('after a restart', () => {
  test('frames that are not on record come again, in order, with their serial; the others are removed', async () => {
    const spool = await temporaryFolder();
    const first = await camera(spool);
    for (const name of ['a', 'b', 'c']) await first.camera.receive(base64(name), `serial ${name}`);
    first.camera.take();
    await first.camera.stop();

    const { camera: second, available } = await camera(spool, {
      firstIndex: 1,
      onRecord: [numberedPartKey(3, 0)],
    });
    expect(available()).toBe(1);
    expect(second.waiting).toBe(2);
    const parts = [second.take(), second.take()];
    expect(parts.map((part) => [part?.origin, part?.serial])).toEqual([
      ['1', 'serial b'],
      ['2', 'serial c'],
    ]);
    expect(await contentOf(parts[0] ?? null)).toBe('b');
    expect((await readdir(spool)).filter((name) => name.startsWith('000000000000'))).toEqual([]);

    await second.receive(base64('d'), '');
    expect(second.take()?.origin).toBe('3');
  });

  test('half a frame is not a part', async () => {
    const spool = await temporaryFolder();
    await writeFile(join(spool, '000000000000.frame.xyz.tmp'), 'half');
    await writeFile(join(spool, '000000000001.serial'), 'S');
    const { camera: source } = await camera(spool);
    expect(source.waiting).toBe(0);
    expect(await readdir(spool)).toEqual([]);
    await source.receive(base64('whole'), '');
    expect(await contentOf(source.take())).toBe('whole');
  });
});
