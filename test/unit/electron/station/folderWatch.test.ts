import { appendFile, chmod, mkdir, open, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folderLine, picture, type FolderLine, type FolderLineOptions } from '../../../support/folderLine.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

interface Place {
  folder: string;
  baselineFile: string;
}

async function place(): Promise<Place> {
  const root = await temporaryFolder();
  const folder = join(root, 'watched');
  await mkdir(folder);
  return { folder, baselineFile: join(root, 'baseline.txt') };
}

async function running(
  { folder, baselineFile }: Place,
  options: Omit<FolderLineOptions, 'path' | 'baselineFile'> = {},
): Promise<FolderLine> {
  const line = folderLine({ path: folder, baselineFile, ...options });
  onTestFinished(() => line.stop());
  await line.start();
  return line;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Long enough for anything that is going to be judged wrongly to be judged. */
const settled = () => pause(900);

function origins(line: FolderLine): string[] {
  return line.judged.map(({ origin }) => origin);
}

describe('files that arrive', () => {
  test('are judged once each, in the order in which they came', async () => {
    const there = await place();
    const line = await running(there);
    const names = Array.from({ length: 30 }, (_, n) => `part ${30 - n}.png`);
    for (const name of names) {
      await writeFile(join(there.folder, name), picture(name));
      // The system's file times are no finer than its clock tick; within one, names decide.
      await pause(12);
    }
    await line.until(30);
    await settled();
    expect(origins(line)).toEqual(names);
  });

  test('are images by extension, in either case; hidden and temporary files are not', async () => {
    const there = await place();
    const line = await running(there);
    const images = ['a.PNG', 'b.jpeg', 'c.JPG', 'd.bmp', 'e.tif', 'f.TIFF', 'g.webp'];
    const others = ['.hidden.png', '~lock.png', 'notes.txt', 'x.png.tmp', 'x.part', 'noextension'];
    for (const name of [...others, ...images]) await writeFile(join(there.folder, name), picture(name));
    await line.until(images.length);
    await settled();
    expect(origins(line).sort()).toEqual([...images].sort());
  });

  test('may lie in subfolders, made before or later, unless told otherwise', async () => {
    const there = await place();
    await mkdir(join(there.folder, 'old', 'deep'), { recursive: true });
    const line = await running(there);
    await writeFile(join(there.folder, 'old', 'deep', 'a.png'), picture('a'));
    await mkdir(join(there.folder, 'new', 'deeper'), { recursive: true });
    await writeFile(join(there.folder, 'new', 'deeper', 'b.png'), picture('b'));
    await line.until(2);
    expect(origins(line).sort()).toEqual(['new/deeper/b.png', 'old/deep/a.png']);

    const flat = await running(there, { config: { subfolders: false } });
    await writeFile(join(there.folder, 'c.png'), picture('c'));
    await flat.until(1);
    await settled();
    expect(origins(flat)).toEqual(['c.png']);
  });

  test('in thousands at once, all of them', { timeout: 60_000 }, async () => {
    const there = await place();
    const line = await running(there);
    const names = Array.from({ length: 3_000 }, (_, n) => `${n}.png`);
    for (let start = 0; start < names.length; start += 500) {
      const some = names.slice(start, start + 500);
      await Promise.all(some.map((name) => writeFile(join(there.folder, name), picture(name))));
    }
    await line.until(3_000, 40_000);
    await settled();
    expect(new Set(origins(line)).size).toBe(3_000);
    expect(line.judged).toHaveLength(3_000);
  });
});

describe('a file that is being written', () => {
  test('is waited for', async () => {
    const there = await place();
    const line = await running(there);
    const path = join(there.folder, 'slow.png');
    await writeFile(path, 'beginning');
    for (let chunk = 0; chunk < 12; chunk++) {
      await pause(40);
      await appendFile(path, ` chunk ${chunk}`);
    }
    await appendFile(path, ' END');
    await line.until(1);
    await settled();
    expect(line.judged).toHaveLength(1);
    expect(line.judged[0]).toMatchObject({ reason: null });
    expect(line.judged[0]?.content).toMatch(/^beginning.* chunk 11 END$/);
  });

  test('with a writer that stops for longer than a file takes to settle, is waited for too', async () => {
    const there = await place();
    const line = await running(there);
    const path = join(there.folder, 'halting.png');
    const file = await open(path, 'w');
    for (const chunk of ['first', ' second', ' third', ' END']) {
      await file.write(chunk);
      await pause(300);
    }
    await file.close();
    await line.until(1);
    await settled();
    expect(line.judged).toEqual([{ origin: 'halting.png', content: 'first second third END', reason: null }]);
  });

  test('and never finished, ends as a review that says so', async () => {
    const there = await place();
    const line = await running(there);
    await writeFile(join(there.folder, 'half.png'), 'only half');
    await writeFile(join(there.folder, 'empty.png'), '');
    await line.until(2);
    await settled();
    expect(line.judged.map(({ origin, reason }) => [origin, reason]).sort()).toEqual([
      ['empty.png', 'imageIncomplete'],
      ['half.png', 'imageIncomplete'],
    ]);
  });

  test('does not hold up those that are complete', async () => {
    const there = await place();
    const line = await running(there);
    await writeFile(join(there.folder, 'half.png'), 'only half');
    await pause(150);
    await writeFile(join(there.folder, 'whole.png'), picture('whole'));
    await line.until(2);
    expect(origins(line)).toEqual(['whole.png', 'half.png']);
  });

  test('under another name and then renamed, is judged under its new name only', async () => {
    const there = await place();
    const line = await running(there);
    await writeFile(join(there.folder, 'x.png.tmp'), picture('x'));
    await pause(100);
    await rename(join(there.folder, 'x.png.tmp'), join(there.folder, 'x.png'));
    await line.until(1);
    await settled();
    expect(origins(line)).toEqual(['x.png']);
  });

  test('outside and moved in with an old time, counts from when it came', async () => {
    const there = await place();
    const outside = join(there.folder, '..', 'outside.png');
    const line = await running(there);
    await writeFile(outside, picture('old'));
    await utimes(outside, 1_000_000, 1_000_000);
    await writeFile(join(there.folder, 'first.png'), picture('first'));
    await pause(20);
    await rename(outside, join(there.folder, 'a second.png'));
    await line.until(2);
    expect(origins(line)).toEqual(['first.png', 'a second.png']);
  });
});

test('a file written over is a new part each time', async () => {
  const there = await place();
  const line = await running(there);
  for (const version of ['one', 'two', 'three']) {
    await writeFile(join(there.folder, 'latest.png'), picture(version));
    await line.until(['one', 'two', 'three'].indexOf(version) + 1);
  }
  await settled();
  expect(line.judged.map(({ content }) => content)).toEqual([
    picture('one'),
    picture('two'),
    picture('three'),
  ]);
});

test('a file written over while it is being judged is two parts, the one before and the one after', async () => {
  const there = await place();
  const line = await running(there, { judgeMs: 300 });
  await writeFile(join(there.folder, 'latest.png'), picture('one'));
  await expect.poll(() => line.read, { timeout: 3_000, interval: 5 }).toEqual([picture('one')]);
  await writeFile(join(there.folder, 'latest.png'), picture('two'));
  await line.until(2);
  await settled();
  expect(line.judged.map(({ content }) => content)).toEqual([picture('one'), picture('two')]);
});

test('a file that was finished only while it was being judged is one part', async () => {
  const there = await place();
  const line = await running(there, { judgeMs: 300 });
  const path = join(there.folder, 'halting.png');
  await writeFile(path, 'first half');
  await expect.poll(() => line.watch.waiting, { timeout: 3_000, interval: 5 }).toBe(1);
  await expect.poll(() => line.watch.waiting, { timeout: 3_000, interval: 5 }).toBe(0);
  await appendFile(path, ' second half END');
  await line.until(1);
  await settled();
  expect(line.judged).toEqual([
    { origin: 'halting.png', content: 'first half second half END', reason: null },
  ]);
});

describe('a file that vanishes', () => {
  test('before it was complete is nothing', async () => {
    const there = await place();
    const line = await running(there);
    await writeFile(join(there.folder, 'glimpse.png'), picture('glimpse'));
    await rm(join(there.folder, 'glimpse.png'));
    await writeFile(join(there.folder, 'stays.png'), picture('stays'));
    await line.until(1);
    await settled();
    expect(origins(line)).toEqual(['stays.png']);
  });

  test('while it waits for its turn is a review that says so', async () => {
    const there = await place();
    const line = await running(there, { judgeMs: 300 });
    for (const name of 'abcdefgh') await writeFile(join(there.folder, `${name}.png`), picture(name));
    // The others are complete by then, and three at most have been taken since.
    await line.until(1);
    await rm(join(there.folder, 'h.png'));
    await line.until(8);
    expect(line.judged.map(({ origin, reason }) => [origin, reason]).at(-1)).toEqual([
      'h.png',
      'imageVanished',
    ]);
  });
});

test('links to files are judged; links to folders are not followed, not even in circles', async () => {
  const there = await place();
  const elsewhere = join(there.folder, '..', 'elsewhere.png');
  await writeFile(elsewhere, picture('elsewhere'));
  await mkdir(join(there.folder, 'sub'));
  await symlink(there.folder, join(there.folder, 'sub', 'loop'));
  await symlink(elsewhere, join(there.folder, 'link.png'));
  await symlink('/nowhere/at/all.png', join(there.folder, 'dangling.png'));
  const line = await running(there);
  await writeFile(join(there.folder, 'sub', 'a.png'), picture('a'));
  await line.until(2);
  await settled();
  expect(origins(line).sort()).toEqual(['link.png', 'sub/a.png']);
});

describe('after a restart', () => {
  test('what is on record is not judged again, and what came meanwhile is', async () => {
    const there = await place();
    const first = folderLine({ path: there.folder, baselineFile: there.baselineFile });
    await first.start();
    await writeFile(join(there.folder, 'a.png'), picture('a'));
    await writeFile(join(there.folder, 'b.png'), picture('b'));
    await first.until(2);
    await first.stop();
    await writeFile(join(there.folder, 'c.png'), picture('c'));
    await writeFile(join(there.folder, 'b.png'), picture('b again'));

    const second = await running(there, { store: first.store });
    await second.until(2);
    await settled();
    expect(second.judged.map(({ content }) => content).sort()).toEqual([picture('b again'), picture('c')]);
  });

  test('files that were there when the source was added stay out when the user said so', async () => {
    const there = await place();
    await writeFile(join(there.folder, 'before.png'), picture('before'));
    const config = { existing: false };
    const first = folderLine({ path: there.folder, baselineFile: there.baselineFile, config });
    await first.start();
    await writeFile(join(there.folder, 'after.png'), picture('after'));
    await first.until(1);
    await first.stop();
    await writeFile(join(there.folder, 'while away.png'), picture('while away'));

    const second = await running(there, { store: first.store, config });
    await writeFile(join(there.folder, 'before.png'), picture('changed'));
    await second.until(2);
    await settled();
    expect(origins(first)).toEqual(['after.png']);
    expect(second.judged.map(({ content }) => content).sort()).toEqual([
      picture('changed'),
      picture('while away'),
    ]);
  });
});

describe('a folder that goes away', () => {
  test('is an error that names it, and is watched again when it is back', async () => {
    const there = await place();
    const line = await running(there);
    await writeFile(join(there.folder, 'a.png'), picture('a'));
    await line.until(1);
    await rm(there.folder, { recursive: true });
    await expect
      .poll(() => line.watch.condition, { timeout: 3_000 })
      .toMatchObject({
        status: 'error',
        error: { kind: 'folderMissing', params: { path: there.folder } },
      });

    await mkdir(there.folder);
    await expect.poll(() => line.watch.condition.status, { timeout: 3_000 }).toBe('waiting');
    await writeFile(join(there.folder, 'b.png'), picture('b'));
    await mkdir(join(there.folder, 'sub'));
    await writeFile(join(there.folder, 'sub', 'c.png'), picture('c'));
    await line.until(3);
    await settled();
    expect(origins(line).sort()).toEqual(['a.png', 'b.png', 'sub/c.png']);
  });

  test('and is another one at once, is noticed', async () => {
    const there = await place();
    const line = await running(there);
    await rename(there.folder, `${there.folder}-old`);
    await mkdir(there.folder);
    await writeFile(join(there.folder, 'new.png'), picture('new'));
    await line.until(1);
    expect(origins(line)).toEqual(['new.png']);
  });

  test('or was never there, is waited for', async () => {
    const there = await place();
    await rm(there.folder, { recursive: true });
    const line = await running(there);
    expect(line.watch.condition).toMatchObject({ status: 'error', error: { kind: 'folderMissing' } });
    await mkdir(there.folder);
    await writeFile(join(there.folder, 'a.png'), picture('a'));
    await line.until(1);
  });

  test('or is a file, is an error', async () => {
    const there = await place();
    const path = join(there.folder, 'file.png');
    await writeFile(path, picture('x'));
    const line = await running({ ...there, folder: path });
    expect(line.watch.condition).toMatchObject({ status: 'error', error: { kind: 'folderMissing' } });
  });

  // Root may read everything, so as root there is nothing to see.
  test.skipIf(process.getuid?.() === 0)('or may not be read, is an error until it may', async () => {
    const there = await place();
    await chmod(there.folder, 0);
    const line = await running(there);
    expect(line.watch.condition).toMatchObject({ status: 'error', error: { kind: 'folderForbidden' } });
    await chmod(there.folder, 0o755);
    await writeFile(join(there.folder, 'a.png'), picture('a'));
    await line.until(1);
  });
});
