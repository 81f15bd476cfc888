import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, matchesGlob } from 'node:path';
import { expect, test } from 'vitest';
import { readPackageOptions } from '../../../build/package.ts';
import { leftOut } from '../../../build/electronBuilder.config.ts';
import { checkNatives, checkPacked, neededNatives, thisTarget } from '../../../build/packaging/natives.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

test('this computer is packaged for unless another is named', () => {
  expect(readPackageOptions([])).toMatchObject({ ...thisTarget, dirOnly: false, updateKey: null });
  expect(readPackageOptions(['--platform', 'win32', '--arch', 'arm64', '--dir'])).toMatchObject({
    platform: 'win32',
    arch: 'arm64',
    dirOnly: true,
  });
  expect(readPackageOptions(['--help'])).toBeNull();
});

test.each([
  [['--platform', 'toString'], 'none of linux, win32, darwin'],
  [['--arch', 'ia32'], 'neither x64 nor arm64'],
  [['--electron', '/not/there'], 'is not there'],
  [['--update-key', '/not/there'], 'is not there'],
  [['--nonsense'], 'nonsense'],
])('%s is refused in so many words', (args, why) => expect(() => readPackageOptions(args)).toThrow(why));

const foreign = [
  'node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
  'node_modules/onnxruntime-node/bin/napi-v6/win32/arm64/onnxruntime.dll',
  'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
  'node_modules/onnxruntime-node/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib',
  'node_modules/better-sqlite3/prebuilds/win32-x64.node',
  'node_modules/better-sqlite3/prebuilds/win32-arm64.node',
  'node_modules/better-sqlite3/prebuilds/linuxmusl-x64.node',
  'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  'node_modules/better-sqlite3/prebuilds/darwin-arm64.node',
  'node_modules/@img/sharp-win32-x64/lib/sharp.node',
  'node_modules/@img/sharp-linux-x64/lib/sharp.node',
  'node_modules/@img/sharp-libvips-linux-x64/lib/libvips.so',
  'node_modules/@img/sharp-libvips-darwin-arm64/lib/libvips.dylib',
];

test.each([
  ['win32', 'x64', [0, 4, 9]],
  ['win32', 'arm64', [1, 5]],
  ['linux', 'x64', [2, 7, 10, 11]],
  ['darwin', 'arm64', [3, 8, 12]],
])('for %s %s its own binaries go in and no others, wherever it is packaged', (platform, arch, own) => {
  const patterns = leftOut({ platform, arch });
  const kept = foreign.filter((file) => !patterns.some((pattern) => matchesGlob(file, pattern)));
  expect(kept).toEqual(own.map((at) => foreign[at]));
});

test('a package that was made with the wrong binaries is found out', async () => {
  const folder = await temporaryFolder();
  for (const path of [...neededNatives({ platform: 'win32', arch: 'x64' }), foreign[2]!]) {
    const file = path.endsWith('.node') || path.endsWith('.so.1') ? path : `${path}/lib/x.dll`;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  const check = (arch: string) => () => checkPacked(folder, { platform: 'win32', arch });
  expect(check('x64')).toThrow(/foreign: .*libonnxruntime\.so\.1$/);
  await rm(join(folder, foreign[2]!));
  expect(check('x64')).not.toThrow();
  expect(check('arm64')).toThrow(/missing: .*win32-arm64/);
});

test('binaries that are missing are named, with the way to them', () => {
  expect(() => checkNatives('/no/project', { platform: 'win32', arch: 'x64' })).toThrow(
    /prebuilds\/win32-x64\.node.*@img\/sharp-win32-x64.*npm ci --os=win32 --cpu=x64/,
  );
});
