import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ModelError } from '../../../native-models/errors.ts';
import { decodeImage, readImageFile } from '../../../native-models/images/decode.ts';
import { readHeader } from '../../../native-models/images/headers.ts';
import { decodeSmallJpeg } from '../../../native-models/images/jpeg.ts';
import { fateOf, fuzz } from '../../support/fuzz.ts';
import { applyEdits, mutants, type Mutant } from '../../support/fuzzBytes.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { hostileImages, intactImages } from './imageCorpus.ts';

const isModelError = (thrown: unknown) => thrown instanceof ModelError;
/** Of a picture at the limit of 100 million pixels: its bytes, and the same once more while it is unpacked. */
const memoryMb = 1_200;

let files: Uint8Array[];
let hostile: Awaited<ReturnType<typeof hostileImages>>;
beforeAll(async () => {
  [files, hostile] = await Promise.all([intactImages(), hostileImages()]);
});

/** Decodes, and holds what comes out to what a picture is. */
async function decode(bytes: Uint8Array) {
  const { width, height, channels, depth, data } = await decodeImage(bytes);
  expect(data.length).toBe(width * height * channels);
  expect(data).toBeInstanceOf(depth === 16 ? Uint16Array : Uint8Array);
  expect(data.length).toBeGreaterThan(0);
}

test('intact pictures of every kind are taken', async () => {
  for (const bytes of files) await decode(bytes);
});

test('damaged and hostile pictures are decoded or refused, within the bounds', async () => {
  await fuzz<Mutant | string>({
    name: 'image decoder',
    inputs: mutants(files.length),
    corpus: Object.keys(hostile),
    attempt: (input) =>
      fateOf(
        () =>
          decode(typeof input === 'string' ? hostile[input]!() : applyEdits(files[input.file]!, input.edits)),
        isModelError,
      ),
    usualRuns: 600,
    bounds: { blockMs: 3_000, memoryMb },
  });
});

test('a JPEG cannot hide the size of its frame from the decoder whose memory never shrinks', async () => {
  for (const name of Object.keys(hostile).filter((each) => /JPEG (that hides|with two)/.test(each))) {
    const bytes = Buffer.from(hostile[name]!());
    expect(() => readHeader(bytes), name).toThrow(/imageUnreadable/);
  }
  // What does not hide anything is still decoded there.
  const plain = Buffer.from(files[4]!);
  expect(await decodeSmallJpeg(plain, readHeader(plain))).not.toBeNull();
});

test('a picture of which data are missing is refused, not filled up', async () => {
  for (const name of [
    'a JPEG that says it is larger than it is',
    'a bitmap of runs that unpacks to 100 MB',
  ]) {
    await expect(decodeImage(hostile[name]!()), name).rejects.toThrow(/imageIncomplete|imageUnreadable/);
  }
});

test('what is no picture file is not waited for', async () => {
  const folder = await temporaryFolder();
  const huge = join(folder, 'huge.png');
  writeFileSync(huge, '');
  truncateSync(huge, 2 ** 36);
  await expect(readImageFile(huge)).rejects.toThrow(/imageUnreadable.*bytes, at most/);
  await expect(readImageFile(folder)).rejects.toThrow(/imageUnreadable|imageVanished/);
  if (process.platform === 'win32') return;
  const pipe = join(folder, 'pipe.png');
  execFileSync('mkfifo', [pipe]);
  await expect(readImageFile(pipe)).rejects.toThrow(/imageUnreadable.*no regular file/);
  symlinkSync('/dev/zero', join(folder, 'zero.png'));
  await expect(readImageFile(join(folder, 'zero.png'))).rejects.toThrow(/imageUnreadable.*no regular file/);
});
